#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "store/browser.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/recent_ids.h"

namespace payhook {

/// Reads the table attempts. For one thread at a time.
class StoredAttempts {
 public:
  explicit StoredAttempts(SqliteConnection& connection);

  /// Those of a row, the first one first. Throws StoreUnavailable or StoreBroken.
  std::vector<Attempt> of(RowId row);

  /// As TransactionBrowser::attempts().
  std::vector<Attempt> newest(RowId row, std::optional<std::int64_t> before, std::size_t limit);

 private:
  static std::vector<Attempt> read(SqliteStatement& statement);

  SqliteStatement m_attempts;
  SqliteStatement m_newest;
};

}  // namespace payhook
