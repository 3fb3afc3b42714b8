#include "store/sqlite/browser.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "store/sqlite/find_by_id.h"
#include "store/sqlite/stored_transaction.h"

namespace payhook {

namespace {

// A part of the filter that is not there is an empty text.
constexpr auto k_list = R"sql(
  SELECT id, source, {}, due_at, remote_address FROM transactions
  WHERE id >= ?1 AND id < ?2
    AND (?3 = '' OR source = ?3)
    AND (?4 = '' OR status = ?4)
    AND (?5 = '' OR source_account = ?5 OR destination_account = ?5)
    AND (?6 = '' OR currency = ?6)
    AND created_at >= ?7 AND created_at < ?8
  ORDER BY id DESC LIMIT ?9
)sql";

constexpr auto k_before = "SELECT max(id) FROM transactions WHERE id < ?1";

constexpr auto k_find =
    "SELECT id, source, {}, due_at, remote_address FROM transactions "
    "WHERE id = ?1 AND source = ?2 AND transaction_id = ?3";

constexpr auto k_webhook = "SELECT body, headers FROM transactions WHERE id = ?1";

std::string_view text_of(const std::optional<std::string>& part) {
  return part ? std::string_view(*part) : std::string_view();
}

}  // namespace

SqliteBrowser::SqliteBrowser(SharedState& shared, std::chrono::milliseconds patience)
    : m_connection(shared.database, SqliteConnection::Use::READING, patience),
      m_ids(m_connection, shared.recent),
      m_list(m_connection.prepare(fmt::format(k_list, k_stored_columns))),
      m_before(m_connection.prepare(k_before)),
      m_find(m_connection.prepare(fmt::format(k_find, k_stored_columns))),
      m_webhook(m_connection.prepare(k_webhook)) {}

BrowsePage SqliteBrowser::list(const BrowseFilter& filter, std::optional<std::int64_t> before,
                               std::size_t limit) {
  const auto newest = number_before(before.value_or(std::numeric_limits<std::int64_t>::max()));
  if (!newest) {
    return {};
  }
  const std::int64_t oldest = *newest - k_rows_at_once + 1;
  const std::string since = filter.since ? format_milliseconds(*filter.since) : "";
  const std::string until = filter.before ? format_milliseconds(*filter.before) : "9999-99";
  m_list.bind(1, oldest);
  m_list.bind(2, *newest + 1);
  m_list.bind(3, text_of(filter.source));
  m_list.bind(4, text_of(filter.status));
  m_list.bind(5, text_of(filter.account));
  m_list.bind(6, text_of(filter.currency));
  m_list.bind(7, since);
  m_list.bind(8, until);
  m_list.bind(9, static_cast<std::int64_t>(limit));
  BrowsePage page;
  {
    const ResetAtEnd reset(m_list);
    while (m_list.step()) {
      page.transactions.push_back(row(m_list));
    }
  }
  const std::int64_t seen_to =
      page.transactions.size() == limit && limit > 0 ? page.transactions.back().number : oldest;
  if (number_before(seen_to)) {
    page.next = seen_to;
  }
  return page;
}

std::optional<std::int64_t> SqliteBrowser::number_before(std::int64_t number) {
  m_before.bind(1, number);
  const ResetAtEnd reset(m_before);
  m_before.step();
  return m_before.is_null(0) ? std::nullopt : std::optional(m_before.number(0));
}

std::optional<BrowsedTransaction> SqliteBrowser::find(std::string_view source,
                                                      std::string_view transaction_id) {
  return find_by_id(m_ids, m_find, source, transaction_id,
                    [this] { return std::optional(row(m_find)); });
}

BrowsedTransaction SqliteBrowser::row(const SqliteStatement& statement) try {
  constexpr int k_due_at = 2 + k_stored_column_count;
  BrowsedTransaction row{statement.number(0), std::string(statement.text(1)),
                         stored_transaction(statement, 2), std::nullopt,
                         std::string(statement.text(k_due_at + 1))};
  if (!statement.is_null(k_due_at) &&
      statement.number(k_due_at) != std::numeric_limits<std::int64_t>::max()) {
    row.due_at = Timestamp(std::chrono::milliseconds(statement.number(k_due_at)));
  }
  return row;
} catch (const std::invalid_argument& e) {
  throw StoreUnavailable(
      fmt::format("row {} of the table transactions, which payhook cannot have written: {}",
                  statement.number(0), e.what()));
}

StoredWebhook SqliteBrowser::webhook(std::int64_t number) {
  m_webhook.bind(1, number);
  const ResetAtEnd reset(m_webhook);
  if (!m_webhook.step()) {
    return {};
  }
  return {std::string(m_webhook.blob(0)), std::string(m_webhook.text(1))};
}

}  // namespace payhook
