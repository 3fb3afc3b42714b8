#include "store/postgresql/processing_queue.h"

#include <utility>

#include "store/attempt_end.h"
#include "store/postgresql/account_order.h"
#include "store/postgresql/outcome_counters.h"
#include "store/postgresql/queue_look.h"

namespace payhook::postgresql {

namespace {

// How many rows of an ordered source are looked at, or freed, in one transaction.
constexpr std::int64_t k_rows_at_once = 256;

constexpr Statement k_process_due{"payhook_process_due", R"sql(
  WITH due AS MATERIALIZED (
    SELECT id, due_at FROM transactions
    WHERE status = 'PROCESSING' AND source = $1::text AND due_at <= $2::timestamptz
      AND NOT EXISTS (SELECT FROM pause)
    ORDER BY due_at, id LIMIT $3::bigint FOR UPDATE OF transactions SKIP LOCKED),
  processed AS (
    UPDATE transactions AS one
    SET status = 'PROCESSED', processed_at = $2::timestamptz, due_at = NULL, last_error = NULL
    FROM due WHERE one.id = due.id
    RETURNING due.due_at)
  SELECT due_at FROM processed
)sql"};

// For a source that has no order any more.
constexpr Statement k_free_some{"payhook_free_some", R"sql(
  UPDATE transactions SET due_at = $2::timestamptz
  WHERE id IN (SELECT id FROM transactions
               WHERE status = 'PROCESSING' AND source = $1::text AND due_at = 'infinity'
               ORDER BY id LIMIT $3::bigint FOR UPDATE SKIP LOCKED)
)sql"};

// In the index's order: a source that has none is not to be looked for among the others.
constexpr Statement k_forget_order{"payhook_forget_order", R"sql(
  DELETE FROM account_order
  WHERE (source, source_account, is_over, transaction_row) IN (
    SELECT source, source_account, is_over, transaction_row FROM account_order
    WHERE source = $1::text
    ORDER BY source, source_account, is_over, transaction_row
    LIMIT $2::bigint FOR UPDATE SKIP LOCKED)
)sql"};

constexpr Statement k_candidates{"payhook_candidates", R"sql(
  SELECT id FROM transactions
  WHERE status = 'PROCESSING' AND source = $1::text AND due_at <= $2::timestamptz
    AND NOT EXISTS (SELECT FROM pause)
  ORDER BY due_at, id LIMIT $3::bigint FOR UPDATE OF transactions SKIP LOCKED
)sql"};

// Of one account the rows are seen to by one at a time.
constexpr Statement k_candidates_in_order{"payhook_candidates_in_order", R"sql(
  SELECT id FROM (
    SELECT id, source, source_account FROM transactions
    WHERE status = 'PROCESSING' AND source = $1::text AND due_at <= $2::timestamptz
      AND NOT EXISTS (SELECT FROM pause)
    ORDER BY due_at, id LIMIT $3::bigint FOR UPDATE OF transactions SKIP LOCKED) AS candidate
  WHERE pg_try_advisory_xact_lock(account_lock(source, source_account))
)sql"};

// Those that have to wait are put off. Of an attempt without an end the claim's commit came to an
// end that its processor does not know, or that processor is gone.
constexpr Statement k_claim{"payhook_claim", R"sql(
  WITH candidate AS MATERIALIZED (
    SELECT id, due_at, $2::boolean AND has_to_wait(one) AS waits
    FROM transactions AS one WHERE id = ANY ($1::bigint[])),
  put_off AS (
    UPDATE transactions SET due_at = 'infinity'
    WHERE id IN (SELECT id FROM candidate WHERE waits)),
  due AS MATERIALIZED (
    SELECT id, due_at FROM candidate WHERE NOT waits ORDER BY due_at, id LIMIT $3::bigint),
  claimed AS (
    UPDATE transactions AS one SET due_at = $4::timestamptz, attempts = attempts + 1
    FROM due WHERE one.id = due.id
    RETURNING one.*, due.due_at AS was_due_at),
  ended AS (
    UPDATE attempts SET ended_at = $5::timestamptz, outcome = 'INTERRUPTED',
                        reason = 'it never began', counts = false
    WHERE ended_at IS NULL AND transaction_row IN (SELECT id FROM claimed)),
  begun AS (
    INSERT INTO attempts (transaction_row, number, processor, started_at)
    SELECT id, attempts, $6::text, $5::timestamptz FROM claimed)
  SELECT id, attempts, source, transaction_id, source_account, destination_account, amount::text,
         amount_minor, currency, body, headers, created_at, was_due_at,
         1 + (SELECT count(*) FROM attempts AS past
              WHERE past.transaction_row = claimed.id AND past.counts
                AND past.ended_at IS NOT NULL)
  FROM claimed ORDER BY was_due_at, id
)sql"};

// A claim is known by the number of its attempt: whoever claims the row later has another.
constexpr Statement k_end{"payhook_end", R"sql(
  UPDATE transactions AS one
  SET status = line.status,
      processed_at = CASE WHEN line.status <> 'PROCESSING' THEN $6::timestamptz END,
      due_at = CASE WHEN line.status = 'PROCESSING' THEN line.due_at END,
      last_error = CASE WHEN line.status <> 'PROCESSED' THEN line.why END
  FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[])
       WITH ORDINALITY AS line (id, attempt, status, due_at, why, place)
  WHERE one.id = line.id AND one.attempts = line.attempt AND one.status = 'PROCESSING'
  RETURNING line.place, one.source
)sql"};

constexpr Statement k_end_attempts{"payhook_end_attempts", R"sql(
  UPDATE attempts AS run
  SET ended_at = $6::timestamptz, outcome = line.outcome, reason = line.why,
      output = line.output, counts = line.outcome <> 'INTERRUPTED'
  FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bytea[])
       AS line (id, attempt, outcome, why, output)
  WHERE run.transaction_row = line.id AND run.number = line.attempt AND run.ended_at IS NULL
)sql"};

constexpr Statement k_renew{"payhook_renew", R"sql(
  UPDATE transactions AS one SET due_at = line.lease_end
  FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) AS line (id, attempt, lease_end)
  WHERE one.id = line.id AND one.attempts = line.attempt AND one.status = 'PROCESSING'
)sql"};

// "PayH", and the name. It is the connection's, and goes with it.
constexpr Statement k_become_claimer{"payhook_become_claimer",
                                     "SELECT pg_try_advisory_lock(1348565320, hashtext($1::text))"};

constexpr Statement k_waiting{"payhook_waiting", R"sql(
  SELECT id, pg_try_advisory_xact_lock(account_lock(source, source_account)) FROM (
    SELECT id, source, source_account FROM transactions
    WHERE status = 'PROCESSING' AND source = $1::text AND due_at = 'infinity' AND id > $2::bigint
    ORDER BY id LIMIT $3::bigint FOR UPDATE SKIP LOCKED) AS waiting
)sql"};

constexpr Statement k_free_those{"payhook_free_those", R"sql(
  UPDATE transactions AS one SET due_at = $2::timestamptz
  WHERE id = ANY ($1::bigint[]) AND status = 'PROCESSING' AND NOT has_to_wait(one)
)sql"};

constexpr Statement k_abandoned{"payhook_abandoned", R"sql(
  SELECT run.transaction_row, run.number, one.source, one.status = 'PROCESSING',
         (SELECT count(*) FROM attempts AS other
          WHERE other.transaction_row = run.transaction_row AND other.counts)
  FROM attempts AS run JOIN transactions AS one ON one.id = run.transaction_row
  WHERE run.ended_at IS NULL AND run.processor = $1::text
)sql"};

/// What a row becomes by the end of its attempt.
struct RowEnd {
  std::string_view status;
  Timestamp due_at{};
};
RowEnd row_end(const Completed& /*completed*/) { return {"PROCESSED"}; }
RowEnd row_end(const TryAgain& again) { return {"PROCESSING", again.at}; }
RowEnd row_end(const GiveUp& /*given_up*/) { return {"FAILED"}; }
RowEnd row_end(const Interrupted& interrupted) { return {"PROCESSING", interrupted.at}; }

/// Has what kept the order in a source that has none any more forgotten, some at a time.
void dissolve_order(ScopedTransaction& transaction, const std::string& source, Timestamp now) {
  transaction.add(k_free_some, Parameters().add(source).add(now).add(k_rows_at_once));
  transaction.add(k_forget_order, Parameters().add(source).add(k_rows_at_once));
}

ClaimedTransaction claimed_transaction(const Result& result, std::size_t row) {
  const auto text = [&](int column) { return result.string(row, column); };
  return {{result.number(row, 0), result.number(row, 1)},
          result.number(row, 13),
          text(2),
          Transaction(text(3), text(4), text(5), Amount::restore(text(6), result.number(row, 7)),
                      text(8)),
          text(9),
          text(10),
          result.time(row, 11)};
}

}  // namespace

Queue::Queue(const std::string& conninfo, std::string name, Session::Begin begin)
    : m_session(conninfo, begin, Session::Presence::PROCESSING), m_name(std::move(name)) {}

QueueState Queue::state() { return look_at_queue(m_session); }

void Queue::let_others_write(Deadline /*deadline*/) {}

std::size_t Queue::count_due(Timestamp now, std::size_t at_most) {
  return postgresql::count_due(m_session, state(), now, at_most);
}

std::size_t Queue::process_due(std::span<const std::string> sources, Timestamp now,
                               std::size_t limit, Deadline deadline) {
  ScopedTransaction transaction(m_session, deadline);
  OutcomeTally tally;
  std::size_t processed = 0;
  for (const std::string& source : sources) {
    dissolve_order(transaction, source, now);
    const auto left = static_cast<std::int64_t>(limit - processed);
    const Result some = transaction.run(k_process_due, Parameters().add(source).add(now).add(left));
    for (std::size_t row = 0; row < some.rows(); ++row) {
      tally.add_lag(now - some.time(row, 0));
    }
    if (some.rows() > 0) {
      tally.add(source, counted::k_processed, now, static_cast<std::int64_t>(some.rows()));
    }
    processed += some.rows();
  }
  add_to_counters(transaction, tally);
  transaction.commit();
  return processed;
}

std::optional<std::vector<AbandonedClaim>> Queue::take_over(Timestamp now, Deadline deadline) {
  if (!become_claimer(deadline)) {
    return std::nullopt;
  }
  m_is_claimer = true;
  free_forgotten(now, deadline);
  return abandoned(now, deadline);
}

/// The lock counts how often it is taken: this connection takes it once.
bool Queue::become_claimer(Deadline deadline) {
  Connection& connection = m_session.connection(deadline);
  if (m_lock_connection == m_session.connections()) {
    return true;
  }
  connection.add(k_become_claimer, Parameters().add(m_name));
  if (!connection.run(deadline).back().yes(0, 0)) {
    return false;
  }
  m_lock_connection = m_session.connections();
  return true;
}

/// One that claimed and has lost its connection must have the lock again first.
bool Queue::may_claim(Deadline deadline) { return !m_is_claimer || become_claimer(deadline); }

/// In short transactions: many may wait.
void Queue::free_forgotten(Timestamp now, Deadline deadline) {
  for (const SourceQueue& queue : state().sources) {
    for (std::int64_t after = 0;;) {
      ScopedTransaction transaction(m_session, deadline);
      const Result waiting =
          transaction.run(k_waiting, Parameters().add(queue.source).add(after).add(k_rows_at_once));
      if (waiting.rows() == 0) {
        break;
      }
      Array rows;
      for (std::size_t row = 0; row < waiting.rows(); ++row) {
        if (waiting.yes(row, 1)) {
          rows.add(waiting.number(row, 0));
        }
      }
      if (!rows.is_empty()) {
        transaction.add(k_free_those, Parameters().add(rows).add(now));
        transaction.commit();
      }
      after = waiting.number(waiting.rows() - 1, 0);
    }
  }
}

/// Those that somebody has cancelled meanwhile are only ended.
std::vector<AbandonedClaim> Queue::abandoned(Timestamp now, Deadline deadline) {
  std::vector<AbandonedClaim> claims;
  std::vector<Outcome> cancelled;
  const Result open = m_session.read(k_abandoned, Parameters().add(m_name));
  for (std::size_t row = 0; row < open.rows(); ++row) {
    const Claim claim{open.number(row, 0), open.number(row, 1)};
    if (open.yes(row, 3)) {
      claims.push_back({claim, open.number(row, 4), open.string(row, 2)});
    } else {
      cancelled.push_back({claim, Interrupted{now, "payhookd ended while it ran"}});
    }
  }
  if (!cancelled.empty()) {
    finish_and_claim({.ended = cancelled}, now, deadline);
  }
  return claims;
}

std::vector<ClaimedTransaction> Queue::finish_and_claim(const ClaimChanges& changes, Timestamp now,
                                                        Deadline deadline) {
  const bool claims = !changes.wanted.empty() && may_claim(deadline);
  ScopedTransaction transaction(m_session, deadline);
  OutcomeTally tally;
  if (!changes.ended.empty()) {
    end(transaction, changes.ended, now, tally);
  }
  if (!changes.renewed.empty()) {
    renew(transaction, changes.renewed);
  }
  std::vector<ClaimedTransaction> claimed;
  if (claims) {
    claimed = claim(transaction, changes.wanted, now, tally);
  }
  add_to_counters(transaction, tally);
  transaction.commit();
  return claimed;
}

void Queue::end(ScopedTransaction& transaction, std::span<const Outcome> ended, Timestamp now,
                OutcomeTally& tally) {
  Array rows, attempts, statuses, due_at, outcomes, whys, outputs;
  for (const Outcome& outcome : ended) {
    const RowEnd end = std::visit([](const auto& what) { return row_end(what); }, outcome.what);
    const ToldEnd what = told(outcome.what);
    rows.add(outcome.claim.transaction);
    attempts.add(outcome.claim.attempt);
    statuses.add(end.status);
    due_at.add(end.due_at);
    outcomes.add(what.outcome);
    whys.add(storable(what.reason));
    outputs.add_bytes(outcome.output);
  }
  lock_accounts(transaction, rows);
  transaction.add(
      k_end_attempts,
      Parameters().add(rows).add(attempts).add(outcomes).add(whys).add(outputs).add(now));
  const Result were_claimed = transaction.run(
      k_end, Parameters().add(rows).add(attempts).add(statuses).add(due_at).add(whys).add(now));
  for (std::size_t row = 0; row < were_claimed.rows(); ++row) {
    const auto place = static_cast<std::size_t>(were_claimed.number(row, 0) - 1);
    tally.add(were_claimed.text(row, 1), told(ended[place].what).counted, now);
  }
  note_ended(transaction, rows, now);
}

void Queue::renew(ScopedTransaction& transaction, std::span<const Renewal> renewed) {
  Array rows, attempts, lease_ends;
  for (const Renewal& renewal : renewed) {
    rows.add(renewal.claim.transaction);
    attempts.add(renewal.claim.attempt);
    lease_ends.add(renewal.lease_end);
  }
  transaction.add(k_renew, Parameters().add(rows).add(attempts).add(lease_ends));
}

std::vector<ClaimedTransaction> Queue::claim(ScopedTransaction& transaction,
                                             std::span<const ClaimRequest> wanted, Timestamp now,
                                             OutcomeTally& tally) {
  std::vector<ClaimedTransaction> claimed;
  for (const ClaimRequest& request : wanted) {
    const bool in_order = request.order == ClaimOrder::BY_ACCOUNT;
    const auto limit = static_cast<std::int64_t>(request.limit);
    if (!in_order) {
      dissolve_order(transaction, request.source, now);
    }
    // More than are wanted where some will have to wait for others.
    const std::int64_t most = limit + (in_order && limit > 0 ? k_rows_at_once : 0);
    const Result candidates = transaction.run(in_order ? k_candidates_in_order : k_candidates,
                                              Parameters().add(request.source).add(now).add(most));
    if (candidates.rows() == 0) {
      continue;
    }
    Array rows;
    for (std::size_t row = 0; row < candidates.rows(); ++row) {
      rows.add(candidates.number(row, 0));
    }
    const Result some = transaction.run(k_claim, Parameters()
                                                     .add(rows)
                                                     .add(in_order)
                                                     .add(limit)
                                                     .add(request.lease_end)
                                                     .add(now)
                                                     .add(m_name));
    for (std::size_t row = 0; row < some.rows(); ++row) {
      claimed.push_back(claimed_transaction(some, row));
      tally.add_lag(now - some.time(row, 12));
    }
  }
  return claimed;
}

}  // namespace payhook::postgresql
