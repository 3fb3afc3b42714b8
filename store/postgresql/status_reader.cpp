#include "store/postgresql/status_reader.h"

#include <fmt/format.h>

namespace payhook::postgresql {

namespace {

constexpr Statement k_find{"payhook_find", R"sql(
  SELECT transaction_id, source_account, destination_account, amount::text, amount_minor, currency,
         status, created_at, processed_at, attempts, last_error
  FROM transactions WHERE source = $1::text AND transaction_id = $2::text
)sql"};

StoredTransaction stored_transaction(const Result& result) {
  const auto text = [&result](int column) { return result.string(0, column); };
  return {Transaction(text(0), text(1), text(2), Amount::restore(text(3), result.number(0, 4)),
                      text(5)),
          text(6),
          result.time(0, 7),
          result.optional_time(0, 8),
          result.number(0, 9),
          result.optional_string(0, 10)};
}

}  // namespace

Reader::Reader(const std::string& conninfo, Session::Begin begin) : m_session(conninfo, begin) {}

std::optional<StoredTransaction> Reader::find(std::string_view source,
                                              std::string_view transaction_id) {
  if (!is_storable(source) || !is_storable(transaction_id)) {
    return std::nullopt;
  }
  const Result found = m_session.read(k_find, Parameters().add(source).add(transaction_id));
  if (found.rows() == 0) {
    return std::nullopt;
  }
  try {
    return stored_transaction(found);
  } catch (const StoreUnavailable&) {
    throw;
  } catch (const std::exception& e) {
    throw StoreUnavailable(fmt::format("a row that payhook cannot have written: {}", e.what()));
  }
}

}  // namespace payhook::postgresql
