#include "store/postgresql/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/log.h"
#include "store/postgresql/parameters.h"
#include "store/postgresql/recorded_acts.h"
#include "store/postgresql/stored_attempts.h"
#include "store/postgresql/stored_transaction.h"

namespace payhook::postgresql {

namespace {

constexpr std::int64_t k_rows_at_once = 256;

// Of rows most of which are passed over.
constexpr std::int64_t k_rows_looked_at = 2000;
constexpr std::int64_t k_bytes_at_once = std::int64_t{4} << 20;

constexpr Statement k_next{"payhook_next_to_empty", R"sql(
  SELECT id, created_at FROM transactions
  WHERE id > coalesce((SELECT transaction_row FROM emptied_until), 0)
  ORDER BY id LIMIT $1::bigint
)sql"};

// So that all that is then done with them finds them in one status.
constexpr Statement k_lock{"payhook_lock_rows", R"sql(
  SELECT FROM transactions WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE
)sql"};

constexpr Statement k_empty{"payhook_empty", R"sql(
  UPDATE transactions SET body = '', headers = ''
  WHERE id = ANY ($1::bigint[]) AND status = 'PROCESSED' AND created_at < $2::timestamptz
    AND (length(body) > 0 OR length(headers) > 0)
)sql"};

constexpr Statement k_leave{"payhook_leave", R"sql(
  INSERT INTO not_emptied (transaction_row)
  SELECT id FROM transactions
  WHERE id = ANY ($1::bigint[]) AND (status <> 'PROCESSED' OR created_at >= $2::timestamptz)
  ON CONFLICT DO NOTHING
)sql"};

// Another program may have come further.
constexpr Statement k_set_emptied_until{"payhook_set_emptied_until", R"sql(
  INSERT INTO emptied_until AS held (id, transaction_row) VALUES (1, $1::bigint)
  ON CONFLICT (id)
  DO UPDATE SET transaction_row = greatest(held.transaction_row, excluded.transaction_row)
)sql"};

// One that was deleted is left no more, either.
constexpr Statement k_left{"payhook_left", R"sql(
  SELECT transaction_row,
         coalesce(status = 'PROCESSED' AND created_at < $2::timestamptz, true)
  FROM (SELECT transaction_row FROM not_emptied WHERE transaction_row > $1::bigint
        ORDER BY transaction_row LIMIT $3::bigint) AS looked_at
  LEFT JOIN transactions ON id = transaction_row
  ORDER BY transaction_row
)sql"};

constexpr Statement k_leave_no_more{"payhook_leave_no_more", R"sql(
  DELETE FROM not_emptied
  WHERE transaction_row = ANY ($1::bigint[])
    AND NOT EXISTS (SELECT FROM transactions WHERE id = transaction_row AND status <> 'PROCESSED')
)sql"};

// What is large is only measured here. One whose handler still runs has an attempt without an end.
constexpr Statement k_look{"payhook_look_for_finished", R"sql(
  SELECT id, created_at < $2::timestamptz,
         status = $3::text AND created_at < $2::timestamptz AND NOT EXISTS (
           SELECT FROM attempts WHERE transaction_row = id AND ended_at IS NULL),
         length(body) + length(headers)
           + (SELECT coalesce(sum(length(output) + octet_length(reason)), 0)::bigint
              FROM attempts WHERE transaction_row = id),
         id <= coalesce((SELECT until_row FROM late_rows), 0)
  FROM (SELECT * FROM transactions WHERE id > $1::bigint ORDER BY id LIMIT $4::bigint) AS looked_at
  ORDER BY id
)sql"};

constexpr auto k_finished = R"sql(
  SELECT id, source, {}, due_at, remote_address, body, headers
  FROM transactions WHERE id = ANY ($1::bigint[]) ORDER BY id
)sql";

constexpr auto k_attempts = R"sql(
  SELECT transaction_row, {} FROM attempts WHERE transaction_row = ANY ($1::bigint[])
  ORDER BY transaction_row, number
)sql";

// Times have been seen in milliseconds.
constexpr Statement k_prune{"payhook_prune", R"sql(
  WITH gone AS (
    DELETE FROM transactions
    USING unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS seen (id, status, processed_at)
    WHERE transactions.id = seen.id AND transactions.status = seen.status
      AND date_trunc('milliseconds', transactions.processed_at) = seen.processed_at
      AND NOT EXISTS (SELECT FROM attempts WHERE transaction_row = seen.id AND ended_at IS NULL)
    RETURNING transactions.*),
  remembered AS (
    INSERT INTO pruned_ids (source, transaction_id, values_hash, created_on)
    SELECT source, transaction_id,
           hash_of_values(source_account, destination_account, amount, currency),
           created_at::date
    FROM gone ON CONFLICT DO NOTHING),
  without_place AS (
    DELETE FROM account_order AS place USING gone
    WHERE place.source = gone.source AND place.source_account = gone.source_account
      AND place.transaction_row = gone.id),
  without_attempts AS (
    DELETE FROM attempts USING gone WHERE transaction_row = gone.id),
  not_left AS (
    DELETE FROM not_emptied USING gone WHERE transaction_row = gone.id)
  SELECT count(*) FROM gone
)sql"};

const Statement& finished_statement() {
  static const std::string sql = fmt::format(k_finished, k_stored_columns);
  static const Statement statement{"payhook_finished", sql.c_str()};
  return statement;
}

const Statement& attempts_statement() {
  static const std::string sql = fmt::format(k_attempts, k_attempt_columns);
  static const Statement statement{"payhook_attempts_of", sql.c_str()};
  return statement;
}

Array array_of(const std::vector<std::int64_t>& numbers) {
  Array array;
  for (const std::int64_t number : numbers) {
    array.add(number);
  }
  return array;
}

}  // namespace

Pruner::Pruner(const std::string& conninfo, Session::Begin begin) : m_session(conninfo, begin) {}

bool Pruner::empty_webhooks(Timestamp before, Timestamp now, Deadline deadline) {
  return go_through(before, now, deadline) || empty_those_left(before, deadline);
}

/// Times rise with numbers. A clock that was set back keeps some for longer; those of one that was
/// set forward are left for their time. Returns whether there were any.
bool Pruner::go_through(Timestamp before, Timestamp now, Deadline deadline) {
  const Result next = m_session.read(k_next, Parameters().add(k_rows_at_once));
  Array rows;
  std::int64_t last = 0;
  for (std::size_t row = 0; row < next.rows(); ++row) {
    const Timestamp created_at = next.time(row, 1);
    if (created_at >= before && created_at <= now) {
      break;
    }
    last = next.number(row, 0);
    rows.add(last);
  }
  if (rows.is_empty()) {
    return false;
  }
  ScopedTransaction transaction(m_session, deadline);
  transaction.add(k_lock, Parameters().add(rows));
  transaction.add(k_empty, Parameters().add(rows).add(before));
  transaction.add(k_leave, Parameters().add(rows).add(before));
  transaction.add(k_set_emptied_until, Parameters().add(last));
  transaction.commit();
  return true;
}

/// All of them once, then it begins anew with the next call.
bool Pruner::empty_those_left(Timestamp before, Deadline deadline) {
  const Result left =
      m_session.read(k_left, Parameters().add(m_looked_at).add(before).add(k_rows_at_once));
  Array rows;
  for (std::size_t row = 0; row < left.rows(); ++row) {
    if (left.yes(row, 1)) {
      rows.add(left.number(row, 0));
    }
  }
  if (!rows.is_empty()) {
    ScopedTransaction transaction(m_session, deadline);
    transaction.add(k_lock, Parameters().add(rows));
    transaction.add(k_empty, Parameters().add(rows).add(before));
    transaction.add(k_leave_no_more, Parameters().add(rows));
    transaction.commit();
  }
  const bool is_end = left.rows() < static_cast<std::size_t>(k_rows_at_once);
  m_looked_at = is_end ? 0 : left.number(left.rows() - 1, 0);
  return !is_end;
}

FinishedPage Pruner::finished(const FinishedFilter& filter, std::optional<std::int64_t> after) {
  const Result looked_at = m_session.read(k_look, Parameters()
                                                      .add(after.value_or(0))
                                                      .add(filter.before)
                                                      .add(filter.status)
                                                      .add(k_rows_looked_at));
  FinishedPage page;
  std::vector<std::int64_t> numbers;
  std::int64_t bytes = 0;
  for (std::size_t row = 0; row < looked_at.rows(); ++row) {
    const bool is_old = looked_at.yes(row, 1);
    const bool is_in_disorder = looked_at.yes(row, 4);
    if (!is_old && !is_in_disorder) {
      break;
    }
    if (looked_at.yes(row, 2)) {
      numbers.push_back(looked_at.number(row, 0));
      bytes += looked_at.number(row, 3);
    }
    if (row + 1 == static_cast<std::size_t>(k_rows_looked_at) || bytes >= k_bytes_at_once ||
        numbers.size() == static_cast<std::size_t>(k_rows_at_once)) {
      page.next = looked_at.number(row, 0);
      break;
    }
  }
  if (!numbers.empty()) {
    page.transactions = read(numbers);
    std::erase_if(page.transactions, [&filter](const FinishedTransaction& one) {
      return one.row.stored.status != filter.status;  // it was put back meanwhile
    });
  }
  return page;
}

std::vector<FinishedTransaction> Pruner::read(const std::vector<std::int64_t>& numbers) {
  const Array rows = array_of(numbers);
  const Result found = m_session.read(finished_statement(), Parameters().add(rows));
  const Result attempts = m_session.read(attempts_statement(), Parameters().add(rows));
  constexpr int k_body = 2 + k_stored_column_count + 2;
  std::vector<FinishedTransaction> transactions;
  std::size_t attempt = 0;
  for (std::size_t row = 0; row < found.rows(); ++row) {
    try {
      transactions.push_back({browsed_transaction(found, row),
                              {found.string(row, k_body), found.string(row, k_body + 1)},
                              {}});
    } catch (const std::invalid_argument& e) {
      log::report(log::Event::STORE_ALARM,
                  "row {} of the table transactions, which payhook cannot have written, is not "
                  "pruned: {}",
                  found.number(row, 0), e.what());
      continue;
    }
    const std::int64_t number = found.number(row, 0);
    for (; attempt < attempts.rows() && attempts.number(attempt, 0) <= number; ++attempt) {
      if (attempts.number(attempt, 0) == number) {
        transactions.back().attempts.push_back(stored_attempt(attempts, attempt, 1));
      }
    }
  }
  return transactions;
}

PruneResult Pruner::prune(std::span<const FinishedState> transactions, const Act* act,
                          Deadline deadline) {
  PruneResult result;
  if (transactions.empty()) {
    return result;
  }
  result.seen_to = std::min(transactions.size(), static_cast<std::size_t>(k_rows_at_once));
  Array numbers;
  Array statuses;
  Array processed_at;
  for (const FinishedState& each : transactions.first(result.seen_to)) {
    numbers.add(each.number);
    statuses.add(each.status);
    processed_at.add(each.processed_at);
  }
  ScopedTransaction transaction(m_session, deadline);
  transaction.add(k_lock, Parameters().add(numbers));
  result.pruned = static_cast<std::size_t>(
      transaction.run(k_prune, Parameters().add(numbers).add(statuses).add(processed_at))
          .number(0, 0));
  if (act != nullptr && result.pruned > 0) {
    record_act(transaction, "prune", std::nullopt, *act);
  }
  transaction.commit();
  return result;
}

}  // namespace payhook::postgresql
