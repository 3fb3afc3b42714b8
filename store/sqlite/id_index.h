#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/id_index_state.h"
#include "store/sqlite/recent_ids.h"

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

  /// The key for the next row of the transaction.
  RowId next_row() const { return m_committed.row + static_cast<RowId>(m_new.size()) + 1; }

  /// Makes the row that has next_row() known to this transaction.
  void add(std::string_view transaction_id) { m_new.push_back(m_hash(transaction_id)); }

  /// To be called before the transaction is committed. Throws StoreTimeout when another thread has
  /// found meanwhile that the database was replaced: then find() did not know all rows.
  void require_same_beginning() const;

  /// To be called after it was committed: makes its rows known to all.
  void publish();

 private:
  enum class In { NO_TRANSACTION, TRANSACTION };

  bool has_caught_up(In in);
  bool was_replaced();
  bool read_newer_rows(std::uint64_t beginning);
  bool exists(RowId row);
  std::vector<RowId> in_memory(std::uint64_t hash) const;

  IdIndexState m_state;
  int m_replacements;
  IdHash m_hash;
  RecentIds& m_recent;
  RecentIds::Place m_committed;      // when the transaction began
  std::vector<std::uint64_t> m_new;  // the hashes of its rows, which come after that one
  SqliteStatement m_rows_of_hash;
  SqliteStatement m_rows_after;
  SqliteStatement m_row_exists;
};

/// The rows that may have an id, by its hash.
inline constexpr auto k_rows_of_hash = "SELECT transaction_row FROM id_index WHERE hash = ?1";

// The memory first: what it forgets meanwhile was in the table before, so that a statement that
// begins later finds it there.
template <typename IsIt>
bool IdIndex::find(std::string_view transaction_id, const IsIt& is_it) {
  const std::uint64_t hash = m_hash(transaction_id);
  const std::vector<RowId> recent = in_memory(hash);
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
