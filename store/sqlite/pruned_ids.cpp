#include "store/sqlite/pruned_ids.h"

#include <fmt/format.h>

#include <string>

namespace payhook {

namespace {

constexpr auto k_add = R"sql(
  INSERT INTO pruned_ids (transaction_row, created_on, hash, id_check, values_check)
  VALUES (?1, ?2, ?3, ?4, ?5)
)sql";

constexpr auto k_find =
    "SELECT values_check FROM pruned_ids WHERE transaction_row = ?1 AND id_check = ?2";

/// Texts of which no others make the same.
std::string joined(std::initializer_list<std::string_view> texts) {
  std::string all;
  for (const std::string_view text : texts) {
    all += fmt::format("{}:{}", text.size(), text);
  }
  return all;
}

/// Beside the hash that leads to the row: of other bytes, so that the two are 128 bits together.
std::int64_t id_check(const IdHash& hash, const TransactionTexts& texts) {
  return static_cast<std::int64_t>(hash(joined({texts.source, texts.transaction_id})));
}

std::int64_t values_check(const IdHash& hash, const TransactionTexts& texts) {
  return static_cast<std::int64_t>(hash(
      joined({texts.source_account, texts.destination_account, texts.amount, texts.currency})));
}

}  // namespace

PrunedIds::PrunedIds(SqliteConnection& connection)
    : m_add(connection.prepare(k_add)), m_find(connection.prepare(k_find)) {}

void PrunedIds::add(RowId row, Timestamp created_at, const IdHash& hash,
                    const TransactionTexts& texts) {
  const auto day = std::chrono::floor<std::chrono::days>(created_at);
  m_add.bind(1, row);
  m_add.bind(2, std::int64_t{day.time_since_epoch().count()});
  m_add.bind(3, static_cast<std::int64_t>(hash(texts.source, texts.transaction_id)));
  m_add.bind(4, id_check(hash, texts));
  m_add.bind(5, values_check(hash, texts));
  m_add.run();
}

std::optional<PrunedIds::Values> PrunedIds::values_of(RowId row, const IdHash& hash,
                                                      const TransactionTexts& texts) {
  m_find.bind(1, row);
  m_find.bind(2, id_check(hash, texts));
  const ResetAtEnd reset(m_find);
  if (!m_find.step()) {
    return std::nullopt;
  }
  return m_find.number(0) == values_check(hash, texts) ? Values::THE_SAME : Values::OTHERS;
}

}  // namespace payhook
