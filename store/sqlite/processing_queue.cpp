#include "store/sqlite/processing_queue.h"

#include <algorithm>
#include <iterator>
#include <thread>

#include "core/log.h"
#include "store/attempt_end.h"
#include "store/sqlite/errors.h"
#include "store/sqlite/file_lock.h"
#include "store/sqlite/turn_file.h"
#include "store/statistics.h"

namespace payhook {

namespace {

// Each transaction syncs the disk once, and keeps webhooks waiting for their turn. Where others
// want it too, they have it for six parts of the time and this one for one, unless the disk is
// slow.
constexpr int k_parts_for_others = 6;
constexpr std::chrono::milliseconds k_shortest_pause{8};
constexpr std::chrono::milliseconds k_longest_pause{40};

// For each turn of many.
constexpr std::chrono::milliseconds k_patience{500};

// How many rows of an ordered source are looked at, or freed, in one transaction.
constexpr std::size_t k_rows_at_once = 256;

constexpr auto k_process_due = R"sql(
  UPDATE transactions SET status = 'PROCESSED', processed_at = ?3, due_at = NULL, last_error = NULL
  WHERE status = 'PROCESSING' AND id IN (
    SELECT id FROM transactions
    WHERE status = 'PROCESSING' AND source = ?1 AND due_at <= ?2
    ORDER BY due_at LIMIT ?4)
)sql";

constexpr auto k_process_one = R"sql(
  UPDATE transactions SET status = 'PROCESSED', processed_at = ?2, due_at = NULL, last_error = NULL
  WHERE status = 'PROCESSING' AND id = ?1
)sql";

// A row's claims before the last one have been ended with the claim after them.
constexpr auto k_abandoned = R"sql(
  SELECT attempts.transaction_row, attempts.number, source, status
  FROM attempts INDEXED BY attempts_open
  CROSS JOIN transactions ON id = attempts.transaction_row
  WHERE attempts.ended_at IS NULL
)sql";

constexpr auto k_attempts_that_count =
    "SELECT count(*) FROM attempts WHERE transaction_row = ?1 AND counts = 1";

constexpr auto k_due = R"sql(
  SELECT id, due_at FROM transactions
  WHERE status = 'PROCESSING' AND source = ?1 AND due_at <= ?2
  ORDER BY due_at, id LIMIT ?3
)sql";

constexpr auto k_claim = R"sql(
  UPDATE transactions SET due_at = ?2, attempts = attempts + 1
  WHERE id = ?1 AND status = 'PROCESSING'
  RETURNING id, attempts, source, transaction_id, source_account, destination_account, amount,
            amount_minor, currency, body, created_at, headers
)sql";

constexpr auto k_begin_attempt = R"sql(
  INSERT INTO attempts (transaction_row, number, started_at) VALUES (?1, ?2, ?3)
)sql";

// Its claim's commit came to an end that its processor does not know.
constexpr auto k_end_unknown_attempt = R"sql(
  UPDATE attempts SET ended_at = ?2, outcome = 'INTERRUPTED', reason = 'it never began', counts = 0
  WHERE transaction_row = ?1 AND ended_at IS NULL
)sql";

constexpr auto k_end_attempt = R"sql(
  UPDATE attempts SET ended_at = ?3, outcome = ?4, reason = ?5, output = ?6, counts = ?7
  WHERE transaction_row = ?1 AND number = ?2 AND ended_at IS NULL
)sql";

// A claim is known by the number of its attempt: whoever claims the row later has another.
constexpr auto k_complete = R"sql(
  UPDATE transactions SET status = 'PROCESSED', processed_at = ?3, due_at = NULL, last_error = NULL
  WHERE id = ?1 AND attempts = ?2 AND status = 'PROCESSING'
)sql";

constexpr auto k_try_again = R"sql(
  UPDATE transactions SET due_at = ?3, last_error = ?4
  WHERE id = ?1 AND attempts = ?2 AND status = 'PROCESSING'
)sql";

constexpr auto k_give_up = R"sql(
  UPDATE transactions SET status = 'FAILED', processed_at = ?3, due_at = NULL, last_error = ?4
  WHERE id = ?1 AND attempts = ?2 AND status = 'PROCESSING'
)sql";

constexpr auto k_renew = R"sql(
  UPDATE transactions SET due_at = ?3 WHERE id = ?1 AND attempts = ?2 AND status = 'PROCESSING'
)sql";

constexpr auto k_source_of = "SELECT source FROM transactions WHERE id = ?1";

std::int64_t number_of(Timestamp time) { return time.time_since_epoch().count(); }

}  // namespace

/// Where others wanted the turn too, they have the time after it for themselves.
class SqliteProcessingQueue::PoliteTurn {
 public:
  PoliteTurn(Writer::Turn turn, Deadline& not_before)
      : m_turn(std::move(turn)), m_not_before(not_before) {}
  ~PoliteTurn() {
    if (m_turn.had_to_wait()) {
      const auto end = std::chrono::steady_clock::now();
      m_not_before =
          end + std::clamp<std::chrono::steady_clock::duration>(
                    k_parts_for_others * (end - m_begin), k_shortest_pause, k_longest_pause);
    }
  }
  PoliteTurn(const PoliteTurn&) = delete;
  PoliteTurn& operator=(const PoliteTurn&) = delete;

  WriteTransaction begin() { return m_turn.begin(); }

 private:
  Writer::Turn m_turn;
  const Deadline m_begin = std::chrono::steady_clock::now();
  Deadline& m_not_before;
};

SqliteProcessingQueue::SqliteProcessingQueue(SharedState& shared,
                                             std::chrono::milliseconds patience)
    : m_writer(shared, Writer::k_pages_of_the_keeper, patience),
      m_order(m_writer.connection()),
      m_damaged(m_writer.connection()),
      m_look(m_writer.connection(), m_damaged),
      m_process_due(m_writer.connection().prepare(k_process_due)),
      m_process_one(m_writer.connection().prepare(k_process_one)),
      m_abandoned(m_writer.connection().prepare(k_abandoned)),
      m_due(m_writer.connection().prepare(k_due)),
      m_claim(m_writer.connection().prepare(k_claim)),
      m_attempts_that_count(m_writer.connection().prepare(k_attempts_that_count)),
      m_end_unknown_attempt(m_writer.connection().prepare(k_end_unknown_attempt)),
      m_begin_attempt(m_writer.connection().prepare(k_begin_attempt)),
      m_end_attempt(m_writer.connection().prepare(k_end_attempt)),
      m_complete(m_writer.connection().prepare(k_complete)),
      m_try_again(m_writer.connection().prepare(k_try_again)),
      m_give_up(m_writer.connection().prepare(k_give_up)),
      m_renew(m_writer.connection().prepare(k_renew)),
      m_source_of(m_writer.connection().prepare(k_source_of)),
      m_counters(m_writer.connection()) {
  if (shared.lifetime == Lifetime::SERVICE) {
    m_writer.connection().turn_file().take(TurnFile::Role::PROCESSING);
  }
}

/// What fails for a damaged row, or for damaged counters, is done again, in a transaction of its
/// own, without it. Before the first one is met it costs nothing.
template <typename Work, typename Rows>
auto SqliteProcessingQueue::around_damage(Work work, Rows rows_of_it) {
  for (;;) {
    const auto is_found = [&] {
      return m_counters.take_failure() || m_damaged.find_among(rows_of_it());
    };
    try {
      return work();
    } catch (const StoreDamaged&) {
      if (!is_found()) {
        throw;
      }
    } catch (const StoreRefused&) {
      if (!is_found()) {
        throw;
      }
    }
  }
}

QueueState SqliteProcessingQueue::state() { return m_look.state(); }

void SqliteProcessingQueue::let_others_write(Deadline deadline) {
  std::this_thread::sleep_until(std::min(m_not_before, deadline));
}

std::size_t SqliteProcessingQueue::process_due(std::span<const std::string> sources, Timestamp now,
                                               std::size_t limit, Deadline deadline) {
  const auto process = [&] {
    PoliteTurn turn = take_turn(deadline);
    WriteTransaction transaction = turn.begin();
    std::size_t processed = 0;
    OutcomeTally tally;
    for (const std::string& source :
         m_look.is_paused() ? std::span<const std::string>() : sources) {
      m_order.dissolve(source, now, k_rows_at_once);
      const std::size_t some = process_some(source, now, limit - processed, tally);
      if (some > 0) {
        tally.add(source, counted::k_processed, now, static_cast<std::int64_t>(some));
      }
      processed += some;
    }
    m_counters.add(tally);
    transaction.commit();
    return processed;
  };
  return around_damage(process, [&] {
    std::vector<std::int64_t> rows;
    for (const std::string& source : sources) {
      add_rows_of(due(source, now, limit), rows);
    }
    return rows;
  });
}

std::size_t SqliteProcessingQueue::process_some(const std::string& source, Timestamp now,
                                                std::size_t limit, OutcomeTally& tally) {
  const std::string now_text = format_milliseconds(now);
  const auto all = due(source, now, limit);
  for (const Due& one : all) {
    tally.add_lag(now - one.at);
  }
  if (m_damaged.empty()) {
    m_process_due.bind(1, source);
    m_process_due.bind(2, number_of(now));
    m_process_due.bind(3, now_text);
    m_process_due.bind(4, static_cast<std::int64_t>(all.size()));
    m_process_due.run();
    return m_writer.connection().changes();
  }
  for (const Due& one : all) {
    m_process_one.bind(1, one.row);
    m_process_one.bind(2, now_text);
    m_process_one.run();
  }
  return all.size();
}

std::optional<std::vector<AbandonedClaim>> SqliteProcessingQueue::take_over(Timestamp now,
                                                                            Deadline deadline) {
  {
    PoliteTurn turn = take_turn(deadline);
    if (!m_writer.connection().turn_file().become_claimer()) {
      return std::nullopt;
    }
  }
  free_forgotten(now);
  return abandoned(now, deadline);
}

/// In short transactions: many may wait.
void SqliteProcessingQueue::free_forgotten(Timestamp now) {
  for (const SourceQueue& queue : state().sources) {
    std::int64_t looked_at = 0;
    do {
      PoliteTurn turn = take_turn(std::chrono::steady_clock::now() + k_patience);
      WriteTransaction transaction = turn.begin();
      looked_at = m_order.free_forgotten(queue.source, looked_at, now, k_rows_at_once);
      transaction.commit();
    } while (looked_at > 0);
  }
}

/// Those that somebody has cancelled meanwhile are only ended.
std::vector<AbandonedClaim> SqliteProcessingQueue::abandoned(Timestamp now, Deadline deadline) {
  std::vector<AbandonedClaim> claims;
  std::vector<Outcome> cancelled;
  {
    const ResetAtEnd reset(m_abandoned);
    while (m_abandoned.step()) {
      const Claim claim{m_abandoned.number(0), m_abandoned.number(1)};
      if (m_abandoned.text(3) == "PROCESSING") {
        claims.push_back(
            {claim, attempts_that_count(claim.transaction), std::string(m_abandoned.text(2))});
      } else {
        cancelled.push_back({claim, Interrupted{now, "payhookd ended while it ran"}});
      }
    }
  }
  if (!cancelled.empty()) {
    finish_and_claim({.ended = cancelled}, now, deadline);
  }
  return claims;
}

std::int64_t SqliteProcessingQueue::attempts_that_count(std::int64_t row) {
  m_attempts_that_count.bind(1, row);
  const ResetAtEnd reset(m_attempts_that_count);
  m_attempts_that_count.step();
  return m_attempts_that_count.number(0);
}

std::vector<ClaimedTransaction> SqliteProcessingQueue::finish_and_claim(const ClaimChanges& changes,
                                                                        Timestamp now,
                                                                        Deadline deadline) {
  const auto exchange = [&] {
    PoliteTurn turn = take_turn(deadline);
    WriteTransaction transaction = turn.begin();
    OutcomeTally tally;
    for (const Outcome& outcome : changes.ended) {
      if (!m_damaged.contains(outcome.claim.transaction)) {
        end(outcome, now, tally);
      }
    }
    for (const Renewal& renewal : changes.renewed) {
      if (!m_damaged.contains(renewal.claim.transaction)) {
        renew(renewal);
      }
    }
    std::vector<ClaimedTransaction> claimed;
    for (const ClaimRequest& request :
         m_look.is_paused() ? std::span<const ClaimRequest>() : changes.wanted) {
      claim(request, now, claimed, tally);
    }
    m_counters.add(tally);
    transaction.commit();
    return claimed;
  };
  return around_damage(exchange, [&] { return rows_of(changes, now); });
}

void SqliteProcessingQueue::add_rows_of(const std::vector<Due>& all,
                                        std::vector<std::int64_t>& rows) {
  std::transform(all.begin(), all.end(), std::back_inserter(rows),
                 [](const Due& one) { return one.row; });
}

/// All that these changes may touch.
std::vector<std::int64_t> SqliteProcessingQueue::rows_of(const ClaimChanges& changes,
                                                         Timestamp now) {
  std::vector<std::int64_t> rows;
  for (const Outcome& outcome : changes.ended) {
    rows.push_back(outcome.claim.transaction);
  }
  for (const Renewal& renewal : changes.renewed) {
    rows.push_back(renewal.claim.transaction);
  }
  for (const ClaimRequest& request : changes.wanted) {
    add_rows_of(candidates(request, now), rows);
  }
  return rows;
}

void SqliteProcessingQueue::end(const Outcome& outcome, Timestamp now, OutcomeTally& tally) {
  std::visit([&](const auto& what) { end_row(outcome.claim, what, now); }, outcome.what);
  const bool is_over = !std::holds_alternative<TryAgain>(outcome.what) &&
                       !std::holds_alternative<Interrupted>(outcome.what);
  const bool was_claimed = m_writer.connection().changes() > 0;
  const ToldEnd what = told(outcome.what);
  if (was_claimed) {
    tally.add(source_of(outcome.claim.transaction), what.counted, now);
  } else {
    m_order.free_next(outcome.claim.transaction, now);  // it was cancelled while it ran
  }
  if (was_claimed && is_over) {
    m_order.ended(outcome.claim.transaction, now);
  }
  const std::string now_text = format_milliseconds(now);
  m_end_attempt.bind(1, outcome.claim.transaction);
  m_end_attempt.bind(2, outcome.claim.attempt);
  m_end_attempt.bind(3, now_text);
  m_end_attempt.bind(4, what.outcome);
  m_end_attempt.bind(5, what.reason);
  m_end_attempt.bind_blob(6, outcome.output);
  m_end_attempt.bind(7, std::int64_t{what.outcome == "INTERRUPTED" ? 0 : 1});
  m_end_attempt.run();
}

std::string SqliteProcessingQueue::source_of(std::int64_t row) {
  m_source_of.bind(1, row);
  const ResetAtEnd reset(m_source_of);
  return m_source_of.step() ? std::string(m_source_of.text(0)) : "";
}

void SqliteProcessingQueue::end_row(const Claim& claim, const Completed& /*completed*/,
                                    Timestamp now) {
  const std::string now_text = format_milliseconds(now);
  m_complete.bind(1, claim.transaction);
  m_complete.bind(2, claim.attempt);
  m_complete.bind(3, now_text);
  m_complete.run();
}

void SqliteProcessingQueue::end_row(const Claim& claim, const TryAgain& again, Timestamp /*now*/) {
  m_try_again.bind(1, claim.transaction);
  m_try_again.bind(2, claim.attempt);
  m_try_again.bind(3, number_of(again.at));
  m_try_again.bind(4, again.why);
  m_try_again.run();
}

void SqliteProcessingQueue::end_row(const Claim& claim, const GiveUp& given_up, Timestamp now) {
  const std::string now_text = format_milliseconds(now);
  m_give_up.bind(1, claim.transaction);
  m_give_up.bind(2, claim.attempt);
  m_give_up.bind(3, now_text);
  m_give_up.bind(4, given_up.why);
  m_give_up.run();
}

void SqliteProcessingQueue::end_row(const Claim& claim, const Interrupted& interrupted,
                                    Timestamp now) {
  end_row(claim, TryAgain{interrupted.at, interrupted.why}, now);
}

void SqliteProcessingQueue::renew(const Renewal& renewal) {
  m_renew.bind(1, renewal.claim.transaction);
  m_renew.bind(2, renewal.claim.attempt);
  m_renew.bind(3, number_of(renewal.lease_end));
  m_renew.run();
}

void SqliteProcessingQueue::claim(const ClaimRequest& request, Timestamp now,
                                  std::vector<ClaimedTransaction>& claimed, OutcomeTally& tally) {
  const bool in_order = request.order == ClaimOrder::BY_ACCOUNT;
  if (!in_order) {
    m_order.dissolve(request.source, now, k_rows_at_once);
  }
  std::size_t left = request.limit;
  for (const Due& one : candidates(request, now)) {
    if (in_order && m_order.has_to_wait(one.row)) {
      m_order.put_off(one.row);
    } else if (left > 0) {
      if (claim_row(one.row, request, now, claimed)) {
        tally.add_lag(now - one.at);
      }
      --left;
    }
  }
}

/// More than are wanted where some will have to wait for others.
std::vector<SqliteProcessingQueue::Due> SqliteProcessingQueue::candidates(
    const ClaimRequest& request, Timestamp now) {
  const bool may_wait = request.order == ClaimOrder::BY_ACCOUNT && request.limit > 0;
  return due(request.source, now, request.limit + (may_wait ? k_rows_at_once : 0));
}

std::vector<SqliteProcessingQueue::Due> SqliteProcessingQueue::due(const std::string& source,
                                                                   Timestamp now,
                                                                   std::size_t limit) {
  m_due.bind(1, source);
  m_due.bind(2, number_of(now));
  m_due.bind(3, static_cast<std::int64_t>(limit + m_damaged.size()));
  const ResetAtEnd reset(m_due);
  std::vector<Due> all;
  while (all.size() < limit && m_due.step()) {
    if (!m_damaged.contains(m_due.number(0))) {
      all.push_back({m_due.number(0), Timestamp{std::chrono::milliseconds(m_due.number(1))}});
    }
  }
  return all;
}

/// Returns whether there was one that could be claimed.
bool SqliteProcessingQueue::claim_row(std::int64_t row, const ClaimRequest& request, Timestamp now,
                                      std::vector<ClaimedTransaction>& claimed) {
  const std::string now_text = format_milliseconds(now);
  {
    m_claim.bind(1, row);
    m_claim.bind(2, number_of(request.lease_end));
    const ResetAtEnd reset(m_claim);
    if (!m_claim.step()) {
      return false;
    }
    try {
      claimed.push_back(claimed_row());
    } catch (const std::exception& e) {
      log::report(log::Event::STORE_ALARM,
                  "row {} of the table transactions, which payhook cannot have written, is left "
                  "alone until its lease ends: {}",
                  row, e.what());
      m_claim.step();
      return false;
    }
    m_claim.step();
  }
  m_end_unknown_attempt.bind(1, row);
  m_end_unknown_attempt.bind(2, now_text);
  m_end_unknown_attempt.run();
  m_begin_attempt.bind(1, row);
  m_begin_attempt.bind(2, claimed.back().claim.attempt);
  m_begin_attempt.bind(3, now_text);
  m_begin_attempt.run();
  claimed.back().attempts_that_count = attempts_that_count(row);
  return true;
}

ClaimedTransaction SqliteProcessingQueue::claimed_row() const {
  const auto text = [this](int column) { return std::string(m_claim.text(column)); };
  return {
      {m_claim.number(0), m_claim.number(1)},
      0,  // not known before this one is written
      text(2),
      Transaction(text(3), text(4), text(5), Amount::restore(text(6), m_claim.number(7)), text(8)),
      std::string(m_claim.blob(9)),
      text(11),
      parse_timestamp(m_claim.text(10))};
}

SqliteProcessingQueue::PoliteTurn SqliteProcessingQueue::take_turn(Deadline deadline) {
  let_others_write(deadline);
  return {m_writer.take_turn(deadline), m_not_before};
}

std::size_t SqliteProcessingQueue::count_due(Timestamp now, std::size_t at_most) {
  return m_look.count_due(m_look.state(), now, at_most);
}

}  // namespace payhook
