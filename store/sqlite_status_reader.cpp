#include "store/sqlite_status_reader.h"

#include <fmt/format.h>

namespace payhook {

namespace {

constexpr auto k_find = R"sql(
  SELECT transaction_id, source_account, destination_account, amount, amount_minor, currency,
         status, created_at, processed_at
  FROM transactions WHERE transaction_id = ?1
)sql";

}  // namespace

SqliteStatusReader::SqliteStatusReader(const std::filesystem::path& database)
    : m_connection(database, SqliteConnection::Use::READING),
      m_find(m_connection.prepare(k_find)) {}

std::optional<StoredTransaction> SqliteStatusReader::find(std::string_view transaction_id) {
  m_find.bind(1, transaction_id);
  const ResetAtEnd reset(m_find);  // ends the read transaction, so that the WAL can begin anew
  if (!m_find.step()) {
    return std::nullopt;
  }
  try {
    return row();
  } catch (const std::exception& e) {
    throw StoreUnavailable(fmt::format("a row that payhook cannot have written: {}", e.what()));
  }
}

StoredTransaction SqliteStatusReader::row() const {
  const auto text = [this](int column) { return std::string(m_find.text(column)); };
  std::optional<Timestamp> processed_at;
  if (!m_find.is_null(8)) {
    processed_at = parse_timestamp(m_find.text(8));
  }
  return {
      Transaction(text(0), text(1), text(2), Amount::restore(text(3), m_find.number(4)), text(5)),
      text(6), parse_timestamp(m_find.text(7)), processed_at};
}

}  // namespace payhook
