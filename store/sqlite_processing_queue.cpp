#include "store/sqlite_processing_queue.h"

namespace payhook {

namespace {

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

}  // namespace

SqliteProcessingQueue::SqliteProcessingQueue(const std::filesystem::path& database,
                                             RowId rows_in_an_index_run)
    : m_connection(database, SqliteConnection::Use::WRITING),
      m_indexer(m_connection, rows_in_an_index_run),
      m_process_due(m_connection.prepare(k_process_due)),
      m_oldest(m_connection.prepare(k_oldest)) {}

std::size_t SqliteProcessingQueue::process_due(Timestamp created_until, Timestamp now,
                                               std::size_t limit, Deadline deadline) {
  const std::string until_text = format_milliseconds(created_until);
  const std::string now_text = format_milliseconds(now);
  const auto turn = m_connection.take_turn(deadline);
  m_connection.require_same_file();
  ScopedTransaction transaction(m_connection);
  m_process_due.bind(1, until_text);
  m_process_due.bind(2, now_text);
  m_process_due.bind(3, static_cast<std::int64_t>(limit));
  m_process_due.run();
  const std::size_t processed = m_connection.changes();
  transaction.commit();
  m_connection.checkpoint_when_grown();
  return processed;
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

bool SqliteProcessingQueue::index_ids(Deadline deadline) { return m_indexer.step(deadline); }

void SqliteProcessingQueue::maintain(Deadline deadline) {
  const auto turn = m_connection.take_turn(deadline);
  m_connection.checkpoint();
}

}  // namespace payhook
