#include "store/sqlite/processing_queue.h"

#include <algorithm>
#include <thread>

namespace payhook {

namespace {

// Each transaction syncs the disk once, and keeps webhooks waiting for their turn.
constexpr std::chrono::milliseconds k_pause_for_others{8};

constexpr auto k_process_due = R"sql(
  UPDATE transactions SET status = 'PROCESSED', processed_at = ?2
  WHERE status = 'PROCESSING' AND id IN (
    SELECT id FROM transactions
    WHERE status = 'PROCESSING' AND created_at <= ?1
    ORDER BY created_at LIMIT ?3)
)sql";

constexpr auto k_oldest = R"sql(
  SELECT created_at FROM transactions
  WHERE status = 'PROCESSING' ORDER BY created_at LIMIT 1
)sql";

constexpr auto k_count_due = R"sql(
  SELECT count(*) FROM (
    SELECT 1 FROM transactions
    WHERE status = 'PROCESSING' AND created_at <= ?1
    ORDER BY created_at LIMIT ?2)
)sql";

}  // namespace

SqliteProcessingQueue::SqliteProcessingQueue(SharedState& shared,
                                             std::chrono::milliseconds patience)
    : m_writer(shared, Writer::k_pages_of_the_keeper, patience),
      m_process_due(m_writer.connection().prepare(k_process_due)),
      m_oldest(m_writer.connection().prepare(k_oldest)),
      m_count_due(m_writer.connection().prepare(k_count_due)) {}

std::size_t SqliteProcessingQueue::process_due(Timestamp created_until, Timestamp now,
                                               std::size_t limit, Deadline deadline) {
  const std::string until_text = format_milliseconds(created_until);
  const std::string now_text = format_milliseconds(now);
  auto turn = take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  m_process_due.bind(1, until_text);
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

std::optional<Timestamp> SqliteProcessingQueue::oldest_created_at() {
  const ResetAtEnd reset(m_oldest);
  if (!m_oldest.step()) {
    return std::nullopt;
  }
  try {
    return parse_timestamp(m_oldest.text(0));
  } catch (const std::invalid_argument& e) {
    throw StoreUnavailable(std::string("a row that payhook cannot have written: ") + e.what());
  }
}

std::size_t SqliteProcessingQueue::count_due(Timestamp created_until, std::size_t at_most) {
  const std::string until_text = format_milliseconds(created_until);
  m_count_due.bind(1, until_text);
  m_count_due.bind(2, static_cast<std::int64_t>(at_most));
  const ResetAtEnd reset(m_count_due);
  m_count_due.step();
  return static_cast<std::size_t>(m_count_due.number(0));
}

}  // namespace payhook
