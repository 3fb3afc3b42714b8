#include "store/sqlite/status_reader.h"

#include <fmt/format.h>

namespace payhook {

namespace {

constexpr auto k_find = R"sql(
  SELECT transaction_id, source_account, destination_account, amount, amount_minor, currency,
         status, created_at, processed_at, attempts, last_error
  FROM transactions WHERE id = ?1 AND source = ?2 AND transaction_id = ?3
)sql";

}  // namespace

SqliteStatusReader::SqliteStatusReader(SharedState& shared, std::chrono::milliseconds patience)
    : m_connection(shared.database, SqliteConnection::Use::READING, patience),
      m_ids(m_connection, shared.recent),
      m_find(m_connection.prepare(k_find)) {}

std::optional<StoredTransaction> SqliteStatusReader::find(std::string_view source,
                                                          std::string_view transaction_id) {
  auto found = look_up(source, transaction_id);
  if (!found) {
    m_ids.catch_up();  // another program may have stored it
    found = look_up(source, transaction_id);
  }
  return found;
}

std::optional<StoredTransaction> SqliteStatusReader::look_up(std::string_view source,
                                                             std::string_view transaction_id) {
  auto candidates = m_ids.candidates(source, transaction_id);
  while (const auto id = candidates.next()) {
    m_find.bind(1, *id);
    m_find.bind(2, source);
    m_find.bind(3, transaction_id);
    const ResetAtEnd reset(m_find);  // ends the read transaction, so that the WAL can begin anew
    if (m_find.step()) {
      return row();
    }
  }
  return std::nullopt;
}

StoredTransaction SqliteStatusReader::row() const try {
  const auto text = [this](int column) { return std::string(m_find.text(column)); };
  std::optional<Timestamp> processed_at;
  if (!m_find.is_null(8)) {
    processed_at = parse_timestamp(m_find.text(8));
  }
  return {
      Transaction(text(0), text(1), text(2), Amount::restore(text(3), m_find.number(4)), text(5)),
      text(6),
      parse_timestamp(m_find.text(7)),
      processed_at,
      m_find.number(9),
      m_find.is_null(10) ? std::nullopt : std::optional(text(10))};
} catch (const std::exception& e) {
  throw StoreUnavailable(fmt::format("a row that payhook cannot have written: {}", e.what()));
}

}  // namespace payhook
