#include "store/sqlite/retention.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/log.h"
#include "store/sqlite/stored_transaction.h"

namespace payhook {

namespace {

// A webhook that arrives meanwhile waits no longer.
constexpr std::chrono::milliseconds k_longest_turn{5};

constexpr std::int64_t k_rows_at_once = 256;

// Without the turn, of rows most of which are passed over.
constexpr int k_rows_looked_at = 2000;
constexpr std::size_t k_bytes_at_once = std::size_t{4} << 20;

constexpr auto k_next = R"sql(
  SELECT id, created_at FROM transactions
  WHERE id > (SELECT emptied_until FROM retention)
  ORDER BY id LIMIT ?1
)sql";

constexpr auto k_empty = R"sql(
  UPDATE transactions SET body = x'', headers = ''
  WHERE id = ?1 AND created_at < ?2 AND status = 'PROCESSED' AND (length(body) > 0 OR headers <> '')
)sql";

constexpr auto k_leave = R"sql(
  INSERT INTO not_emptied (transaction_row)
  SELECT id FROM transactions WHERE id = ?1 AND (status <> 'PROCESSED' OR created_at >= ?2)
  ON CONFLICT DO NOTHING
)sql";

// Another program may have come further.
constexpr auto k_set_emptied_until =
    "UPDATE retention SET emptied_until = ?1 WHERE emptied_until < ?1";

// One that was deleted by hand is to be emptied too, so that it is left no more.
constexpr auto k_left = R"sql(
  SELECT transaction_row, ifnull(status = 'PROCESSED' AND created_at < ?2, 1)
  FROM (SELECT transaction_row FROM not_emptied
        WHERE transaction_row > ?1 ORDER BY transaction_row LIMIT ?3)
  LEFT JOIN transactions ON id = transaction_row
  ORDER BY transaction_row
)sql";

constexpr auto k_leave_no_more = R"sql(
  DELETE FROM not_emptied WHERE transaction_row = ?1
    AND NOT EXISTS (SELECT 1 FROM transactions WHERE id = ?1 AND status <> 'PROCESSED')
)sql";

constexpr auto k_finished = R"sql(
  SELECT id, source, {}, remote_address, body, headers FROM transactions
  WHERE id > ?1 ORDER BY id
)sql";

// As stored_transaction() counts them, behind the first two columns.
constexpr int k_status = 2 + 6;
constexpr int k_created_at = 2 + 7;
constexpr int k_remote_address = 2 + k_stored_column_count;

constexpr auto k_delete = R"sql(
  DELETE FROM transactions
  WHERE id = ?1 AND status = ?2 AND processed_at = ?3
    AND NOT EXISTS (SELECT 1 FROM attempts WHERE transaction_row = ?1 AND ended_at IS NULL)
  RETURNING source, transaction_id, source_account, destination_account, amount, currency,
            created_at
)sql";

constexpr auto k_delete_attempts = "DELETE FROM attempts WHERE transaction_row = ?1";
constexpr auto k_delete_left = "DELETE FROM not_emptied WHERE transaction_row = ?1";

std::size_t bytes_of(const FinishedTransaction& transaction) {
  std::size_t bytes = transaction.webhook.body.size() + transaction.webhook.headers.size();
  for (const Attempt& attempt : transaction.attempts) {
    bytes += attempt.output.size() + attempt.reason.size();
  }
  return bytes;
}

void run_with(SqliteStatement& statement, RowId row) {
  statement.bind(1, row);
  statement.run();
}

}  // namespace

SqliteRetention::SqliteRetention(SharedState& shared, std::chrono::milliseconds patience)
    : m_writer(shared, Writer::k_pages_of_others, patience),
      m_indexer(m_writer, shared.rows_in_an_index_run),
      m_index_state(m_writer.connection()),
      m_pruned(m_writer.connection()),
      m_order(m_writer.connection()),
      m_acts(m_writer.connection()),
      m_attempts(m_writer.connection()),
      m_late(m_writer.connection()),
      m_next(m_writer.connection().prepare(k_next)),
      m_empty(m_writer.connection().prepare(k_empty)),
      m_leave(m_writer.connection().prepare(k_leave)),
      m_set_emptied_until(m_writer.connection().prepare(k_set_emptied_until)),
      m_left(m_writer.connection().prepare(k_left)),
      m_leave_no_more(m_writer.connection().prepare(k_leave_no_more)),
      m_finished(m_writer.connection().prepare(fmt::format(k_finished, k_stored_columns))),
      m_delete(m_writer.connection().prepare(k_delete)),
      m_delete_attempts(m_writer.connection().prepare(k_delete_attempts)),
      m_delete_left(m_writer.connection().prepare(k_delete_left)) {}

/// Writes as many of `count` things as there is time for, one at least, and commits. Returns how
/// many.
template <typename Each, typename AtEnd>
std::size_t SqliteRetention::write_some(std::size_t count, Deadline deadline, const Each& each,
                                        const AtEnd& at_end) {
  auto turn = m_writer.take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  const auto end = std::chrono::steady_clock::now() + k_longest_turn;
  std::size_t done = 0;
  do {
    each(done++);
  } while (done < count && std::chrono::steady_clock::now() < end);
  at_end(done);
  transaction.commit();
  return done;
}

bool SqliteRetention::empty_webhooks(Timestamp before, Timestamp now, Deadline deadline) {
  const std::string time = format_milliseconds(before);
  if (const auto rows = not_gone_through(time, format_milliseconds(now)); !rows.empty()) {
    go_through(rows, time, deadline);
    return true;
  }
  return empty_those_left(time, deadline);
}

/// Their times rise with their numbers. A clock that was set back keeps some for longer; those of
/// one that was set forward are left for their time.
std::vector<RowId> SqliteRetention::not_gone_through(const std::string& before,
                                                     const std::string& now) {
  std::vector<RowId> rows;
  m_next.bind(1, k_rows_at_once);
  const ResetAtEnd reset(m_next);
  while (m_next.step() && (m_next.text(1) < before || m_next.text(1) > now)) {
    rows.push_back(m_next.number(0));
  }
  return rows;
}

void SqliteRetention::go_through(const std::vector<RowId>& rows, const std::string& before,
                                 Deadline deadline) {
  m_empty.bind(2, before);
  m_leave.bind(2, before);
  write_some(
      rows.size(), deadline,
      [&](std::size_t i) {
        run_with(m_empty, rows[i]);
        run_with(m_leave, rows[i]);
      },
      [&](std::size_t done) { run_with(m_set_emptied_until, rows[done - 1]); });
}

/// All of them once, then it begins anew with the next call.
bool SqliteRetention::empty_those_left(const std::string& before, Deadline deadline) {
  std::vector<RowId> rows;
  RowId last = m_looked_at;
  std::int64_t looked_at = 0;
  {
    m_left.bind(1, m_looked_at);
    m_left.bind(2, before);
    m_left.bind(3, k_rows_at_once);
    const ResetAtEnd reset(m_left);
    for (; m_left.step(); ++looked_at) {
      last = m_left.number(0);
      if (m_left.number(1) != 0) {
        rows.push_back(last);
      }
    }
  }
  std::size_t done = 0;
  if (!rows.empty()) {
    m_empty.bind(2, before);
    done = write_some(
        rows.size(), deadline,
        [&](std::size_t i) {
          run_with(m_empty, rows[i]);
          run_with(m_leave_no_more, rows[i]);
        },
        [](std::size_t /*done*/) {});
  }
  const bool is_end = looked_at < k_rows_at_once && done == rows.size();
  m_looked_at = is_end ? 0 : done < rows.size() ? rows[done - 1] : last;
  return !is_end;
}

FinishedPage SqliteRetention::finished(const FinishedFilter& filter,
                                       std::optional<std::int64_t> after) {
  const std::string before = format_milliseconds(filter.before);
  FinishedPage page;
  std::size_t bytes = 0;
  m_finished.bind(1, after.value_or(0));
  const ResetAtEnd reset(m_finished);
  const RowId in_disorder_until = m_late.extent().row;
  for (int looked_at = 1; m_finished.step(); ++looked_at) {
    const RowId row = m_finished.number(0);
    const bool is_old = m_finished.text(k_created_at) < before;
    if (!is_old && row > in_disorder_until) {
      break;
    }
    if (is_old && m_finished.text(k_status) == filter.status) {
      if (auto transaction = finished_row()) {
        bytes += bytes_of(*transaction);
        page.transactions.push_back(std::move(*transaction));
      }
    }
    if (looked_at == k_rows_looked_at || bytes >= k_bytes_at_once ||
        page.transactions.size() == static_cast<std::size_t>(k_rows_at_once)) {
      page.next = row;
      break;
    }
  }
  return page;
}

/// Nothing where its handler still runs.
std::optional<FinishedTransaction> SqliteRetention::finished_row() try {
  std::vector<Attempt> attempts = m_attempts.of(m_finished.number(0));
  if (std::any_of(attempts.begin(), attempts.end(),
                  [](const Attempt& attempt) { return !attempt.ended_at; })) {
    return std::nullopt;
  }
  return FinishedTransaction{
      {m_finished.number(0), std::string(m_finished.text(1)), stored_transaction(m_finished, 2),
       std::nullopt, std::string(m_finished.text(k_remote_address))},
      {std::string(m_finished.blob(k_remote_address + 1)),
       std::string(m_finished.text(k_remote_address + 2))},
      std::move(attempts)};
} catch (const std::invalid_argument& e) {
  log::report(log::Event::STORE_ALARM,
              "row {} of the table transactions, which payhook cannot have written, is not pruned: "
              "{}",
              m_finished.number(0), e.what());
  return std::nullopt;
}

PruneResult SqliteRetention::prune(std::span<const FinishedState> transactions, const Act* act,
                                   Deadline deadline) {
  PruneResult result;
  if (transactions.empty() || !are_indexed_until(transactions.back().number, deadline)) {
    return result;
  }
  const IdHash hash = m_index_state.hash();
  result.seen_to = write_some(
      transactions.size(), deadline,
      [&](std::size_t i) { result.pruned += prune_one(transactions[i], hash) ? 1 : 0; },
      [&](std::size_t /*done*/) {
        if (act != nullptr && result.pruned > 0) {
          m_acts.record("prune", std::nullopt, *act);
        }
      });
  return result;
}

/// As far as there is time for it.
bool SqliteRetention::are_indexed_until(RowId row, Deadline deadline) {
  const auto end = std::chrono::steady_clock::now() + k_longest_turn;
  while (m_indexer.step_until(row, deadline)) {
    if (std::chrono::steady_clock::now() >= end) {
      return false;
    }
  }
  return true;
}

bool SqliteRetention::prune_one(const FinishedState& one, const IdHash& hash) {
  const std::string processed_at = format_milliseconds(one.processed_at);
  m_delete.bind(1, one.number);
  m_delete.bind(2, one.status);
  m_delete.bind(3, processed_at);
  const ResetAtEnd reset(m_delete);
  if (!m_delete.step()) {
    return false;
  }
  const TransactionTexts texts{m_delete.text(0), m_delete.text(1), m_delete.text(2),
                               m_delete.text(3), m_delete.text(4), m_delete.text(5)};
  m_pruned.add(one.number, parse_timestamp(m_delete.text(6)), hash, texts);
  m_order.remove(one.number, texts.source, texts.source_account);
  run_with(m_delete_attempts, one.number);
  run_with(m_delete_left, one.number);
  m_delete.step();
  return true;
}

}  // namespace payhook
