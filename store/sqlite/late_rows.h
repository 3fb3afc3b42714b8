#pragma once

#include <string>

#include "core/timestamp.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/recent_ids.h"

namespace payhook {

/// Rows stand in the order of their arrival, and created_at rises with their numbers, but for what
/// an operator has stored later than it came. This says up to where that may be. For one thread at
/// a time.
class LateRows {
 public:
  explicit LateRows(SqliteConnection& connection);

  /// Up to `row` rows came at any time until `time`; 0 and "" where all are in order.
  struct Extent {
    RowId row = 0;
    std::string time;
  };

  /// Throws StoreUnavailable or StoreBroken.
  Extent extent();

  /// Notes that the newest rows came at any time until `now`. To be called in the transaction that
  /// stores them. Throws StoreUnavailable or StoreBroken.
  void note(Timestamp now);

 private:
  SqliteStatement m_note;
  SqliteStatement m_extent;
};

}  // namespace payhook
