#pragma once

#include <optional>
#include <string_view>

#include "store/operations.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/recent_ids.h"

namespace payhook {

/// What was done and by whom: the table operations. For one thread at a time.
class RecordedActs {
 public:
  explicit RecordedActs(SqliteConnection& connection);

  /// Records an act, on this row where it is about one. To be called in the transaction of the act.
  /// Throws StoreUnavailable or StoreBroken.
  void record(std::string_view operation, std::optional<RowId> row, const Act& act);

 private:
  SqliteStatement m_record;
};

}  // namespace payhook
