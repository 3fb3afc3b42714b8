#include "store/sqlite/processing_queue.h"

namespace payhook {

namespace {

// A page that many commits changed is written to the database file once.
constexpr int k_pages_between_checkpoints = 4096;

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

SqliteProcessingQueue::SqliteProcessingQueue(const std::filesystem::path& database,
                                             RowId rows_in_an_index_run)
    : m_checkpoints(database),
      m_writer(database, &m_checkpoints, k_pages_between_checkpoints),
      m_indexer(m_writer, rows_in_an_index_run),
      m_process_due(m_writer.connection().prepare(k_process_due)),
      m_oldest(m_writer.connection().prepare(k_oldest)),
      m_count_due(m_writer.connection().prepare(k_count_due)) {}

ProcessingQueue::Step SqliteProcessingQueue::process_due(Timestamp created_until, Timestamp now,
                                                         std::size_t limit, Deadline deadline) {
  const std::string until_text = format_milliseconds(created_until);
  const std::string now_text = format_milliseconds(now);
  auto turn = m_writer.take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  m_process_due.bind(1, until_text);
  m_process_due.bind(2, now_text);
  m_process_due.bind(3, static_cast<std::int64_t>(limit));
  m_process_due.run();
  const Step step{m_writer.connection().changes(), turn.had_to_wait()};
  transaction.commit();
  return step;
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

bool SqliteProcessingQueue::index_ids(Deadline deadline) {
  m_checkpoints.rethrow_failure();
  return m_indexer.step(deadline);
}

void SqliteProcessingQueue::maintain(Deadline deadline) {
  const auto turn = m_writer.take_turn(deadline);
  try {
    m_writer.connection().checkpoint();
  } catch (const StoreTimeout&) {
    return;  // another program is at it
  }
}

}  // namespace payhook
