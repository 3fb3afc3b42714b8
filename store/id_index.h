#pragma once

#include <functional>
#include <string_view>

#include "store/id_hash.h"
#include "store/recent_ids.h"
#include "store/sqlite_connection.h"

namespace payhook {

/// Finds the row that has a transaction id: in memory where it is one of the newest, else in the
/// table id_index. The answer is exact, since each row found by its hash is looked at. For one
/// thread; the memory may be shared.
class IdIndex {
 public:
  /// Neither is owned.
  IdIndex(SqliteConnection& connection, RecentIds& recent);

  /// Reads the row and says whether it has the id that is looked for.
  using IsIt = std::function<bool(RowId)>;

  /// Shows the rows that may have the id to `is_it`, until it says yes; returns whether it did.
  bool find(std::string_view transaction_id, const IsIt& is_it);

  /// Learns of the rows that others have stored.
  void catch_up();

  /// The same at the beginning of a write transaction, where it also notices rows that were
  /// removed. After it find() knows all rows.
  void catch_up_in_transaction();

  /// The key for the next row.
  RowId next_row() const { return m_recent.last() + 1; }

  /// Makes a new row known. Should it not be committed after all, RecentIds must forget it.
  void add(std::string_view transaction_id, RowId row);

 private:
  RowId indexed_until();
  bool exists(RowId row);

  const IdHash m_hash;
  RecentIds& m_recent;
  SqliteStatement m_rows_of_hash;
  SqliteStatement m_rows_after;
  SqliteStatement m_row_exists;
  SqliteStatement m_indexed_until;
};

/// The hash with this database's key.
IdHash read_id_hash(SqliteConnection& connection);

/// The row up to which id_index has them all.
inline constexpr auto k_indexed_until = "SELECT indexed_until FROM id_index_state";

}  // namespace payhook
