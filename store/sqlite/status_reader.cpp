#include "store/sqlite/status_reader.h"

#include <fmt/format.h>

#include "store/sqlite/find_by_id.h"
#include "store/sqlite/stored_transaction.h"

namespace payhook {

namespace {

constexpr auto k_find =
    "SELECT {} FROM transactions WHERE id = ?1 AND source = ?2 AND transaction_id = ?3";

}  // namespace

SqliteStatusReader::SqliteStatusReader(SharedState& shared, std::chrono::milliseconds patience)
    : m_connection(shared.database, SqliteConnection::Use::READING, patience),
      m_ids(m_connection, shared.recent),
      m_find(m_connection.prepare(fmt::format(k_find, k_stored_columns))) {}

std::optional<StoredTransaction> SqliteStatusReader::find(std::string_view source,
                                                          std::string_view transaction_id) {
  return find_by_id(m_ids, m_find, source, transaction_id, [this] { return std::optional(row()); });
}

StoredTransaction SqliteStatusReader::row() const try {
  return stored_transaction(m_find, 0);
} catch (const std::exception& e) {
  throw StoreUnavailable(fmt::format("a row that payhook cannot have written: {}", e.what()));
}

}  // namespace payhook
