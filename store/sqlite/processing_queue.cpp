#include "store/sqlite/processing_queue.h"

#include <algorithm>
#include <thread>

#include "core/log.h"

namespace payhook {

namespace {

// Each transaction syncs the disk once, and keeps webhooks waiting for their turn.
constexpr std::chrono::milliseconds k_pause_for_others{8};

constexpr auto k_claim = R"sql(
  UPDATE transactions SET due_at = ?2, attempts = attempts + 1
  WHERE status = 'PROCESSING' AND id IN (
    SELECT id FROM transactions
    WHERE status = 'PROCESSING' AND due_at <= ?1
    ORDER BY due_at LIMIT ?3)
  RETURNING id, attempts, source, transaction_id, source_account, destination_account, amount,
            amount_minor, currency, body, created_at
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

constexpr auto k_process_due = R"sql(
  UPDATE transactions SET status = 'PROCESSED', processed_at = ?2, due_at = NULL
  WHERE status = 'PROCESSING' AND id IN (
    SELECT id FROM transactions
    WHERE status = 'PROCESSING' AND due_at <= ?1
    ORDER BY due_at LIMIT ?3)
)sql";

constexpr auto k_next = R"sql(
  SELECT due_at FROM transactions
  WHERE status = 'PROCESSING' ORDER BY due_at LIMIT 1
)sql";

constexpr auto k_count_due = R"sql(
  SELECT count(*) FROM (
    SELECT 1 FROM transactions
    WHERE status = 'PROCESSING' AND due_at <= ?1
    ORDER BY due_at LIMIT ?2)
)sql";

std::int64_t number_of(Timestamp time) { return time.time_since_epoch().count(); }

}  // namespace

SqliteProcessingQueue::SqliteProcessingQueue(SharedState& shared,
                                             std::chrono::milliseconds patience)
    : m_writer(shared, Writer::k_pages_of_the_keeper, patience),
      m_claim(m_writer.connection().prepare(k_claim)),
      m_complete(m_writer.connection().prepare(k_complete)),
      m_try_again(m_writer.connection().prepare(k_try_again)),
      m_give_up(m_writer.connection().prepare(k_give_up)),
      m_process_due(m_writer.connection().prepare(k_process_due)),
      m_next(m_writer.connection().prepare(k_next)),
      m_count_due(m_writer.connection().prepare(k_count_due)) {}

std::vector<ClaimedTransaction> SqliteProcessingQueue::claim(Timestamp now, Timestamp lease_end,
                                                             std::size_t limit, Deadline deadline) {
  auto turn = take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  std::vector<ClaimedTransaction> claimed;
  m_claim.bind(1, number_of(now));
  m_claim.bind(2, number_of(lease_end));
  m_claim.bind(3, static_cast<std::int64_t>(limit));
  {
    const ResetAtEnd reset(m_claim);
    while (m_claim.step()) {
      try {
        claimed.push_back(claimed_row());
      } catch (const std::exception& e) {
        log::report(log::Event::STORE_ALARM,
                    "row {} of the table transactions, which payhook cannot have written, is left "
                    "alone until its lease ends: {}",
                    m_claim.number(0), e.what());
      }
    }
  }
  transaction.commit();
  return claimed;
}

ClaimedTransaction SqliteProcessingQueue::claimed_row() const {
  const auto text = [this](int column) { return std::string(m_claim.text(column)); };
  return {
      {m_claim.number(0), m_claim.number(1)},
      text(2),
      Transaction(text(3), text(4), text(5), Amount::restore(text(6), m_claim.number(7)), text(8)),
      std::string(m_claim.blob(9)),
      parse_timestamp(m_claim.text(10))};
}

std::size_t SqliteProcessingQueue::finish(std::span<const Outcome> outcomes, Timestamp now,
                                          Deadline deadline) {
  auto turn = take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  const std::string now_text = format_milliseconds(now);
  std::size_t ended = 0;
  for (const Outcome& outcome : outcomes) {
    std::visit([&](const auto& what) { end(outcome.claim, what, now_text); }, outcome.what);
    ended += m_writer.connection().changes();
  }
  transaction.commit();
  return ended;
}

void SqliteProcessingQueue::end(const Claim& claim, const Completed& /*completed*/,
                                const std::string& now) {
  m_complete.bind(1, claim.transaction);
  m_complete.bind(2, claim.attempt);
  m_complete.bind(3, now);
  m_complete.run();
}

void SqliteProcessingQueue::end(const Claim& claim, const TryAgain& again,
                                const std::string& /*now*/) {
  m_try_again.bind(1, claim.transaction);
  m_try_again.bind(2, claim.attempt);
  m_try_again.bind(3, number_of(again.at));
  m_try_again.bind(4, again.why);
  m_try_again.run();
}

void SqliteProcessingQueue::end(const Claim& claim, const GiveUp& given_up,
                                const std::string& now) {
  m_give_up.bind(1, claim.transaction);
  m_give_up.bind(2, claim.attempt);
  m_give_up.bind(3, now);
  m_give_up.bind(4, given_up.why);
  m_give_up.run();
}

std::size_t SqliteProcessingQueue::process_due(Timestamp now, std::size_t limit,
                                               Deadline deadline) {
  const std::string now_text = format_milliseconds(now);
  auto turn = take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  m_process_due.bind(1, number_of(now));
  m_process_due.bind(2, now_text);
  m_process_due.bind(3, static_cast<std::int64_t>(limit));
  m_process_due.run();
  const std::size_t processed = m_writer.connection().changes();
  transaction.commit();
  return processed;
}

/// Where others wrote at the time of the last one, they have the time between for themselves.
Writer::Turn SqliteProcessingQueue::take_turn(Deadline deadline) {
  std::this_thread::sleep_until(std::min(m_not_before, deadline));
  auto turn = m_writer.take_turn(deadline);
  if (turn.had_to_wait()) {
    m_not_before = std::chrono::steady_clock::now() + k_pause_for_others;
  }
  return turn;
}

std::optional<Timestamp> SqliteProcessingQueue::next_due_at() {
  const ResetAtEnd reset(m_next);
  if (!m_next.step()) {
    return std::nullopt;
  }
  return Timestamp(std::chrono::milliseconds(m_next.number(0)));
}

std::size_t SqliteProcessingQueue::count_due(Timestamp now, std::size_t at_most) {
  m_count_due.bind(1, number_of(now));
  m_count_due.bind(2, static_cast<std::int64_t>(at_most));
  const ResetAtEnd reset(m_count_due);
  m_count_due.step();
  return static_cast<std::size_t>(m_count_due.number(0));
}

}  // namespace payhook
