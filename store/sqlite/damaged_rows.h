#pragma once

#include <cstddef>
#include <set>
#include <span>

#include "store/sqlite/connection.h"
#include "store/sqlite/recent_ids.h"
#include "store/sqlite/statement.h"

namespace payhook {

/// The rows of the table transactions that were found damaged: what cannot be read cannot be
/// written either, so that nothing in the row can say that it is to be left alone. For one thread.
class DamagedRows {
 public:
  /// `connection` must outlive it.
  explicit DamagedRows(SqliteConnection& connection);

  bool empty() const noexcept { return m_rows.empty(); }
  std::size_t size() const noexcept { return m_rows.size(); }
  bool contains(RowId row) const { return m_rows.contains(row); }

  /// Reads these rows, and remembers those that cannot be read, with an alarm for each. Returns
  /// whether there was one that was not known: then what has failed may be tried again without it.
  /// Throws StoreUnavailable or StoreBroken when there is more damage than a few rows.
  bool find_among(std::span<const RowId> rows);

 private:
  bool can_be_read(RowId row);

  SqliteStatement m_read;
  std::set<RowId> m_rows;
};

}  // namespace payhook
