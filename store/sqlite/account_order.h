#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/timestamp.h"
#include "store/sqlite/connection.h"

namespace payhook {

/// The order in which transactions of one account begin, where a source wants one. Whoever ends a
/// transaction tells it, in the same SQL transaction. For one thread at a time.
class AccountOrder {
 public:
  explicit AccountOrder(SqliteConnection& connection);

  /// Whether another transaction of the row's account came before it, has begun, and is not over.
  /// Throws StoreUnavailable or StoreBroken.
  bool has_one_before(std::int64_t row);

  /// Has a row wait for the end of that one. Throws as has_one_before() does.
  void put_off(std::int64_t row);

  /// Makes the one that waited for this row due at `now`. Throws as has_one_before() does.
  void ended(std::int64_t row, Timestamp now);

  /// Makes `limit` of those of a source that wait due, whatever they wait for. Returns how many
  /// there were. Throws as has_one_before() does.
  std::size_t free_some_of(std::string_view source, Timestamp now, std::size_t limit);

 private:
  SqliteConnection& m_connection;
  SqliteStatement m_earlier;
  SqliteStatement m_put_off;
  SqliteStatement m_free_next;
  SqliteStatement m_free_some;
};

}  // namespace payhook
