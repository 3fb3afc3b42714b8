#include "store/sqlite/browser.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "store/sqlite/find_by_id.h"
#include "store/sqlite/stored_transaction.h"

namespace payhook {

namespace {

// A part of the filter that is not there is an empty text.
constexpr auto k_list = R"sql(
  SELECT id, source, {}, due_at, remote_address FROM transactions
  WHERE {}
    AND (?3 = '' OR source = ?3)
    AND (?4 = '' OR status = ?4)
    AND (?5 = '' OR source_account = ?5 OR destination_account = ?5)
    AND (?6 = '' OR currency = ?6)
    AND created_at >= ?7 AND created_at < ?8
    AND amount_minor >= ?10 AND amount_minor <= ?11
  ORDER BY id {} LIMIT ?9
)sql";

constexpr auto k_in_range = "id >= ?1 AND id < ?2";

// One statement for all of them: one for each takes several times as long.
constexpr auto k_among = "id IN (SELECT value FROM json_each(?1))";

// Numbers are those of arrival, so created_at is looked for among them as in a sorted list, and
// needs no index, which each webhook would have to pay for.
constexpr auto k_from =
    "SELECT id, created_at FROM transactions WHERE id >= ?1 ORDER BY id LIMIT 1";

constexpr auto k_failed = R"sql(
  SELECT id FROM transactions INDEXED BY transactions_failed WHERE status = 'FAILED' LIMIT ?1
)sql";

constexpr auto k_processing = R"sql(
  SELECT id FROM transactions INDEXED BY transactions_due_of_source
  WHERE status = 'PROCESSING' LIMIT ?1
)sql";

// Of one status: each is fetched by itself.
constexpr std::int64_t k_few = 10'000;

// How many of few are looked at in one call: they stand far apart, so that each may be a page that
// the disk has to be asked for.
constexpr std::size_t k_most_scattered = 2'000;

// What is committed later has come later, but for as long as a webhook waits at most.
constexpr std::chrono::seconds k_disorder{10};

constexpr auto k_before = "SELECT max(id) FROM transactions WHERE id < ?1";

constexpr auto k_find =
    "SELECT id, source, {}, due_at, remote_address FROM transactions "
    "WHERE id = ?1 AND source = ?2 AND transaction_id = ?3";

constexpr auto k_find_not_indexed =
    "SELECT id, source, {}, due_at, remote_address FROM transactions "
    "WHERE id > (SELECT indexed_until FROM id_index_state) AND transaction_id = ?2 AND source = ?1";

constexpr auto k_webhook = "SELECT body, headers FROM transactions WHERE id = ?1";

std::string_view text_of(const std::optional<std::string>& part) {
  return part ? std::string_view(*part) : std::string_view();
}

}  // namespace

SqliteBrowser::SqliteBrowser(SharedState& shared, std::chrono::milliseconds patience)
    : m_lifetime(shared.lifetime),
      m_connection(shared.database, SqliteConnection::Use::READING, patience),
      m_ids(m_connection, shared.recent),
      m_list(m_connection.prepare(fmt::format(k_list, k_stored_columns, k_in_range, "DESC"))),
      m_list_newer(m_connection.prepare(fmt::format(k_list, k_stored_columns, k_in_range, "ASC"))),
      m_list_these(m_connection.prepare(fmt::format(k_list, k_stored_columns, k_among, "DESC"))),
      m_failed(m_connection.prepare(k_failed)),
      m_processing(m_connection.prepare(k_processing)),
      m_from(m_connection.prepare(k_from)),
      m_late(m_connection),
      m_before(m_connection.prepare(k_before)),
      m_find(m_connection.prepare(fmt::format(k_find, k_stored_columns))),
      m_find_not_indexed(m_connection.prepare(fmt::format(k_find_not_indexed, k_stored_columns))),
      m_pruned(m_connection),
      m_webhook(m_connection.prepare(k_webhook)),
      m_attempts(m_connection) {}

BrowsePage SqliteBrowser::list(const BrowseFilter& filter, std::optional<std::int64_t> before,
                               std::size_t limit) {
  const Range range = range_of(filter, before);
  auto few = few_with(filter.status);
  return few ? list_these(*std::move(few), filter, range, limit) : list_all(filter, range, limit);
}

BrowsePage SqliteBrowser::list_newer(const BrowseFilter& filter, std::int64_t after,
                                     std::size_t limit) {
  const Range range = range_of(filter, std::nullopt);
  const auto first = number_from(std::max(after + 1, range.first));
  const auto newest = number_before(range.end);
  BrowsePage page{{}, after};
  if (first && newest && *newest >= *first) {
    const std::int64_t last = std::min(*newest, *first + k_most_looked_at - 1);
    bind_range(m_list_newer, {*first, last + 1});
    add_rows(m_list_newer, filter, limit, page);
    page.next =
        page.transactions.size() == limit && limit > 0 ? page.transactions.back().number : last;
  }
  return page;
}

SqliteBrowser::Range SqliteBrowser::range_of(const BrowseFilter& filter,
                                             std::optional<std::int64_t> before) {
  Range range{std::numeric_limits<std::int64_t>::min(),
              before.value_or(std::numeric_limits<std::int64_t>::max())};
  if (!filter.since && !filter.before) {
    return range;
  }
  const LateRows::Extent late = m_late.extent();
  if (filter.since) {
    const std::string since = format_milliseconds(*filter.since - k_disorder);
    range.first = since > late.time ? first_since(since, late.row + 1) : range.first;
  }
  if (filter.before) {
    range.end = std::min(
        range.end, first_since(format_milliseconds(*filter.before + k_disorder), late.row + 1));
  }
  return range;
}

/// The number of the first one from `begin` on that came then, or a later one than any.
std::int64_t SqliteBrowser::first_since(const std::string& time, std::int64_t begin) {
  std::int64_t first = number_from(begin).value_or(begin);
  std::int64_t end = number_before(std::numeric_limits<std::int64_t>::max()).value_or(-1) + 1;
  while (first < end) {
    const std::int64_t middle = first + (end - first) / 2;
    m_from.bind(1, middle);
    const ResetAtEnd reset(m_from);
    if (m_from.step() && m_from.text(1) < time) {
      first = m_from.number(0) + 1;
    } else {
      end = middle;
    }
  }
  return first;
}

/// The numbers of all that have a status, where they are few.
std::optional<std::vector<std::int64_t>> SqliteBrowser::few_with(
    const std::optional<std::string>& status) {
  SqliteStatement* const statement = status == "FAILED"       ? &m_failed
                                     : status == "PROCESSING" ? &m_processing
                                                              : nullptr;
  if (statement == nullptr) {
    return std::nullopt;
  }
  statement->bind(1, k_few + 1);
  const ResetAtEnd reset(*statement);
  std::vector<std::int64_t> numbers;
  while (statement->step()) {
    numbers.push_back(statement->number(0));
  }
  return numbers.size() > k_few ? std::nullopt : std::optional(std::move(numbers));
}

BrowsePage SqliteBrowser::list_these(std::vector<std::int64_t> numbers, const BrowseFilter& filter,
                                     Range range, std::size_t limit) {
  std::erase_if(numbers, [range](std::int64_t number) {
    return number < range.first || number >= range.end;
  });
  std::sort(numbers.begin(), numbers.end(), std::greater<>());
  BrowsePage page;
  if (numbers.empty()) {
    return page;
  }
  const std::int64_t oldest = numbers.back();
  numbers.resize(std::min(numbers.size(), k_most_scattered));
  const std::string among = fmt::format("[{}]", fmt::join(numbers, ","));
  m_list_these.bind(1, among);
  add_rows(m_list_these, filter, limit, page);
  const std::int64_t last = page.transactions.size() == limit && limit > 0
                                ? page.transactions.back().number
                                : numbers.back();
  if (last != oldest) {
    page.next = last;
  }
  return page;
}

BrowsePage SqliteBrowser::list_all(const BrowseFilter& filter, Range range, std::size_t limit) {
  BrowsePage page;
  const auto newest = number_before(range.end);
  if (!newest || *newest < range.first) {
    return page;
  }
  const std::int64_t oldest = std::max(range.first, *newest - k_most_looked_at + 1);
  bind_range(m_list, {oldest, *newest + 1});
  add_rows(m_list, filter, limit, page);
  const std::int64_t last = page.transactions.size() == limit && limit > 0
                                ? page.transactions.back().number
                                : number_from(oldest).value_or(oldest);
  if (const auto behind = number_before(last); behind && *behind >= range.first) {
    page.next = last;
  }
  return page;
}

void SqliteBrowser::bind_range(SqliteStatement& statement, Range range) {
  statement.bind(1, range.first);
  statement.bind(2, range.end);
}

/// Of a statement whose place in the table has been bound.
void SqliteBrowser::add_rows(SqliteStatement& statement, const BrowseFilter& filter,
                             std::size_t limit, BrowsePage& page) {
  const std::string since = filter.since ? format_milliseconds(*filter.since) : "";
  const std::string until = filter.before ? format_milliseconds(*filter.before) : "9999-99";
  statement.bind(3, text_of(filter.source));
  statement.bind(4, text_of(filter.status));
  statement.bind(5, text_of(filter.account));
  statement.bind(6, text_of(filter.currency));
  statement.bind(7, since);
  statement.bind(8, until);
  statement.bind(9, static_cast<std::int64_t>(limit));
  statement.bind(10, filter.min_minor.value_or(0));
  statement.bind(11, filter.max_minor.value_or(std::numeric_limits<std::int64_t>::max()));
  const ResetAtEnd reset(statement);
  while (statement.step()) {
    page.transactions.push_back(row(statement));
  }
}

std::optional<std::int64_t> SqliteBrowser::number_from(std::int64_t number) {
  m_from.bind(1, number);
  const ResetAtEnd reset(m_from);
  return m_from.step() ? std::optional(m_from.number(0)) : std::nullopt;
}

std::optional<std::int64_t> SqliteBrowser::number_before(std::int64_t number) {
  m_before.bind(1, number);
  const ResetAtEnd reset(m_before);
  m_before.step();
  return m_before.is_null(0) ? std::nullopt : std::optional(m_before.number(0));
}

std::optional<BrowsedTransaction> SqliteBrowser::find(std::string_view source,
                                                      std::string_view transaction_id) {
  const bool is_first = !std::exchange(m_has_looked_up, true);
  if (is_first && m_lifetime == Lifetime::ONE_REQUEST) {
    return find_once(source, transaction_id);
  }
  return find_by_id(m_ids, m_find, source, transaction_id,
                    [this] { return std::optional(row(m_find)); });
}

/// For who may look for no other: to go through the rows that are not indexed takes a quarter of
/// the time that it takes to remember their ids.
std::optional<BrowsedTransaction> SqliteBrowser::find_once(std::string_view source,
                                                           std::string_view transaction_id) {
  const auto indexed = [&] {
    return look_up(m_ids, m_find, source, transaction_id,
                   [this] { return std::optional(row(m_find)); });
  };
  auto found = indexed();
  if (!found) {
    found = find_not_indexed(source, transaction_id);
  }
  return found ? found : indexed();  // which it may have become between the two
}

std::optional<BrowsedTransaction> SqliteBrowser::find_not_indexed(std::string_view source,
                                                                  std::string_view transaction_id) {
  m_find_not_indexed.bind(1, source);
  m_find_not_indexed.bind(2, transaction_id);
  const ResetAtEnd reset(m_find_not_indexed);
  return m_find_not_indexed.step() ? std::optional(row(m_find_not_indexed)) : std::nullopt;
}

bool SqliteBrowser::was_pruned(std::string_view source, std::string_view transaction_id) {
  auto candidates = m_ids.candidates(source, transaction_id);
  while (const auto row = candidates.next()) {
    if (m_pruned.values_of(*row, m_ids.hash(), {source, transaction_id, {}, {}, {}, {}})) {
      return true;
    }
  }
  return false;
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

std::vector<Attempt> SqliteBrowser::attempts(std::int64_t number,
                                             std::optional<std::int64_t> before,
                                             std::size_t limit) {
  return m_attempts.newest(number, before, limit);
}

}  // namespace payhook
