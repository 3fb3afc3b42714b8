#pragma once

#include <optional>
#include <string_view>
#include <type_traits>

#include "store/sqlite/id_index.h"
#include "store/sqlite/statement.h"

namespace payhook {

/// Looks a transaction up among the rows that may have its id: `find` is a statement with a row, a
/// source and a transaction_id as parameters 1 to 3, and `read` makes of its row an optional with a
/// value. Throws StoreUnavailable or StoreBroken, and what `read` throws.
template <typename Read>
std::invoke_result_t<Read> look_up(IdIndex& ids, SqliteStatement& find, std::string_view source,
                                   std::string_view transaction_id, const Read& read) {
  auto candidates = ids.candidates(source, transaction_id);
  while (const auto row = candidates.next()) {
    find.bind(1, *row);
    find.bind(2, source);
    find.bind(3, transaction_id);
    const ResetAtEnd reset(find);  // ends a read transaction, so that the WAL can begin anew
    if (find.step()) {
      return read();
    }
  }
  return {};
}

/// The same outside a transaction, where another program may have stored it meanwhile.
template <typename Read>
std::invoke_result_t<Read> find_by_id(IdIndex& ids, SqliteStatement& find, std::string_view source,
                                      std::string_view transaction_id, const Read& read) {
  auto found = look_up(ids, find, source, transaction_id, read);
  if (!found) {
    ids.catch_up();
    found = look_up(ids, find, source, transaction_id, read);
  }
  return found;
}

}  // namespace payhook
