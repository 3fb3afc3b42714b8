#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/id_index_state.h"
#include "store/sqlite/recent_ids.h"

namespace payhook {

/// Finds the rows that may have a transaction id: in memory where they are of the newest, else in
/// the table id_index. It finds them by a hash, so that each has to be looked at: whoever asks
/// decides, as SqliteIntake does for what is to be one row. For one thread; the memory may be
/// shared.
class IdIndex {
 public:
  /// Neither is owned.
  IdIndex(SqliteConnection& connection, RecentIds& recent);

  /// The rows that may have an id, one after the other. It is used up, and gone, before another one
  /// is asked for.
  class Candidates {
   public:
    /// Nothing when there are no more. Throws StoreUnavailable or StoreBroken.
    std::optional<RowId> next();

   private:
    friend class IdIndex;
    Candidates(std::vector<RowId> recent, std::uint64_t hash, SqliteStatement& rows_of_hash);

    const std::vector<RowId> m_recent;
    std::size_t m_next = 0;
    const std::uint64_t m_hash;
    SqliteStatement& m_rows_of_hash;
    std::optional<ResetAtEnd> m_reset;  // once the table is being read
  };

  Candidates candidates(std::string_view source, std::string_view transaction_id);

  /// With the key of the database whose rows candidates() finds.
  const IdHash& hash() const noexcept { return m_hash; }

  /// Learns of the rows that others have stored.
  void catch_up();

  /// The same at the beginning of a write transaction; after it candidates() knows all rows. That
  /// the newest rows were removed is noticed, so that their keys can be used again.
  void catch_up_in_transaction();

  /// The key for the next row of the transaction.
  RowId next_row() const { return m_committed.row + static_cast<RowId>(m_new.size()) + 1; }

  /// Makes the row that has next_row() known to this transaction, with the id whose candidates were
  /// asked for last.
  void add() { m_new.push_back(m_asked_for); }

  /// To be called before the transaction is committed. Throws StoreTimeout when another thread has
  /// found meanwhile that the database was replaced: then candidates() did not know all rows.
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
  std::uint64_t m_asked_for = 0;  // hash
  RecentIds& m_recent;
  RecentIds::Place m_committed;      // when the transaction began
  std::vector<std::uint64_t> m_new;  // the hashes of its rows, which come after that one
  SqliteStatement m_rows_of_hash;
  SqliteStatement m_rows_after;
  SqliteStatement m_row_exists;
};

/// The rows that may have an id, by its hash.
inline constexpr auto k_rows_of_hash = "SELECT transaction_row FROM id_index WHERE hash = ?1";

}  // namespace payhook
