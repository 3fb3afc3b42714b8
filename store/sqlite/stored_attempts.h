#pragma once

#include <vector>

#include "store/operations.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/recent_ids.h"

namespace payhook {

/// Reads the table attempts. For one thread at a time.
class StoredAttempts {
 public:
  explicit StoredAttempts(SqliteConnection& connection);

  /// Those of a row, the first one first. Throws StoreUnavailable or StoreBroken.
  std::vector<Attempt> of(RowId row);

 private:
  SqliteStatement m_attempts;
};

}  // namespace payhook
