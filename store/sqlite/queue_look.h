#pragma once

#include <cstddef>

#include "store/processing_queue.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/damaged_rows.h"

namespace payhook {

/// Looks at the rows that are PROCESSING, by their index. For one thread at a time; every member
/// function throws StoreUnavailable or StoreBroken.
class QueueLook {
 public:
  /// Both must outlive it. The rows that are known as damaged are left out of state().
  QueueLook(SqliteConnection& connection, const DamagedRows& damaged);

  /// Whether an operator has paused processing.
  bool is_paused();

  /// However many transactions a source has, it costs one look.
  QueueState state();

  /// How many are due at `now`, counted up to `at_most`.
  std::size_t count_due(const QueueState& state, Timestamp now, std::size_t at_most);

 private:
  const DamagedRows& m_damaged;
  SqliteStatement m_paused;
  SqliteStatement m_next_source;
  SqliteStatement m_count_due;
};

}  // namespace payhook
