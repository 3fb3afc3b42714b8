#include "store/postgresql/status_reader.h"

#include <fmt/format.h>

#include "store/postgresql/stored_transaction.h"

namespace payhook::postgresql {

namespace {

constexpr auto k_find =
    "SELECT {} FROM transactions WHERE source = $1::text AND transaction_id = $2::text";

const Statement& find_statement() {
  static const std::string sql = fmt::format(k_find, k_stored_columns);
  static const Statement statement{"payhook_find", sql.c_str()};
  return statement;
}

}  // namespace

Reader::Reader(const std::string& conninfo, Session::Begin begin) : m_session(conninfo, begin) {}

std::optional<StoredTransaction> Reader::find(std::string_view source,
                                              std::string_view transaction_id) {
  if (!is_storable(source) || !is_storable(transaction_id)) {
    return std::nullopt;
  }
  const Result found =
      m_session.read(find_statement(), Parameters().add(source).add(transaction_id));
  if (found.rows() == 0) {
    return std::nullopt;
  }
  try {
    return stored_transaction(found, 0, 0);
  } catch (const std::invalid_argument& e) {
    throw StoreUnavailable(fmt::format("a row that payhook cannot have written: {}", e.what()));
  }
}

}  // namespace payhook::postgresql
