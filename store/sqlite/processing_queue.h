#pragma once

#include <chrono>

#include "store/processing_queue.h"
#include "store/sqlite/shared_state.h"
#include "store/sqlite/writer.h"

namespace payhook {

/// The rows of SQLite's table that are still PROCESSING. The rows are the queue: a restart loses
/// nothing.
class SqliteProcessingQueue final : public ProcessingQueue {
 public:
  /// `shared` is not owned. Throws as SqliteConnection does.
  explicit SqliteProcessingQueue(SharedState& shared,
                                 std::chrono::milliseconds patience = SqliteConnection::k_patience);

  std::size_t process_due(Timestamp created_until, Timestamp now, std::size_t limit,
                          Deadline deadline) override;
  std::optional<Timestamp> oldest_created_at() override;
  std::size_t count_due(Timestamp created_until, std::size_t at_most) override;

 private:
  Writer::Turn take_turn(Deadline deadline);

  Writer m_writer;
  Deadline m_not_before;  // while others write
  SqliteStatement m_process_due;
  SqliteStatement m_oldest;
  SqliteStatement m_count_due;
};

}  // namespace payhook
