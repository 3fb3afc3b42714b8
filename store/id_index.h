#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string_view>

#include "core/id_hash.h"
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

  /// Shows the rows that may have the id to `is_it`, which reads them, until it says yes; returns
  /// whether it did.
  template <typename IsIt>
  bool find(std::string_view transaction_id, const IsIt& is_it);

  /// Learns of the rows that others have stored.
  void catch_up();

  /// The same at the beginning of a write transaction; after it find() knows all rows. That the
  /// newest rows were removed is noticed, so that their keys can be used again.
  void catch_up_in_transaction();

  /// The key for the next row.
  RowId next_row() const { return m_recent.last() + 1; }

  /// Makes the row known that has next_row(). Should it not be committed after all, RecentIds must
  /// forget it.
  void add(std::string_view transaction_id);

 private:
  void catch_up_from(RowId indexed_until);
  bool read_newer_rows();
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

// The memory first: what it forgets meanwhile was in the table before, so that a statement that
// begins later finds it there.
template <typename IsIt>
bool IdIndex::find(std::string_view transaction_id, const IsIt& is_it) {
  const std::uint64_t hash = m_hash(transaction_id);
  const std::vector<RowId> recent = m_recent.find(hash);
  if (std::any_of(recent.begin(), recent.end(), std::cref(is_it))) {
    return true;
  }
  m_rows_of_hash.bind(1, static_cast<std::int64_t>(hash));
  const ResetAtEnd reset(m_rows_of_hash);
  while (m_rows_of_hash.step()) {
    if (is_it(m_rows_of_hash.number(0))) {
      return true;
    }
  }
  return false;
}

}  // namespace payhook
