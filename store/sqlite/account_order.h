#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/timestamp.h"
#include "payment/transaction.h"
#include "store/sqlite/connection.h"

namespace payhook {

/// The order in which transactions of one account begin, where their source wants one: that in
/// which they came. It is the table account_order. Whoever stores, ends or puts back a transaction
/// tells it, in the same SQL transaction. For one thread at a time; member functions throw
/// StoreUnavailable or StoreBroken.
class AccountOrder {
 public:
  explicit AccountOrder(SqliteConnection& connection);

  /// A row keeps its place from now on.
  void add(std::int64_t row, std::string_view source, const Transaction& transaction);

  /// Whether a row that has a place has to wait: for one of its account that came before and is not
  /// over, or for any of it that a handler has just now.
  bool has_to_wait(std::int64_t row);

  /// Has a row wait until another one of its account ends.
  void put_off(std::int64_t row);

  /// The row is over, and the next of its account is due at `now`, where it waits. Nothing for one
  /// that keeps no place.
  void ended(std::int64_t row, Timestamp now);

  /// The next of the row's account is due at `now`, where it waits.
  void free_next(std::int64_t row, Timestamp now);

  /// The row is not over any more.
  void put_back(std::int64_t row);

  /// The row, which is over, is deleted.
  void remove(std::int64_t row, std::string_view source, std::string_view source_account);

  /// For a source that has no order any more: those that wait are due at `now`, and what is over is
  /// so here too. At most `limit` of each.
  void dissolve(std::string_view source, Timestamp now, std::size_t limit);

  /// Makes those of a source that have nothing to wait for due at `now`: what they waited for was
  /// taken out by hand. Looks at `limit` of those behind the row `after`, and returns the last one
  /// that it has looked at, or 0 at the end.
  std::int64_t free_forgotten(std::string_view source, std::int64_t after, Timestamp now,
                              std::size_t limit);

 private:
  SqliteStatement m_add;
  SqliteStatement m_place;
  SqliteStatement m_earlier;
  SqliteStatement m_running;
  SqliteStatement m_put_off;
  SqliteStatement m_set_over;
  SqliteStatement m_free_next;
  SqliteStatement m_remove;
  SqliteStatement m_has_any;
  SqliteStatement m_forget;
  SqliteStatement m_free_some;
  SqliteStatement m_waiting;
  SqliteStatement m_free_one;
};

}  // namespace payhook
