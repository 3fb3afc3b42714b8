#include "store/sqlite/queue_look.h"

#include <chrono>
#include <string>

namespace payhook {

namespace {

constexpr auto k_paused = "SELECT 1 FROM pause";

constexpr auto k_next_source = R"sql(
  SELECT source, due_at, id FROM transactions
  WHERE status = 'PROCESSING' AND source > ?1
  ORDER BY source, due_at
)sql";

constexpr auto k_count_due = R"sql(
  SELECT count(*) FROM (
    SELECT 1 FROM transactions
    WHERE status = 'PROCESSING' AND source = ?1 AND due_at <= ?2
    LIMIT ?3)
)sql";

}  // namespace

QueueLook::QueueLook(SqliteConnection& connection, const DamagedRows& damaged)
    : m_damaged(damaged),
      m_paused(connection.prepare(k_paused)),
      m_next_source(connection.prepare(k_next_source)),
      m_count_due(connection.prepare(k_count_due)) {}

bool QueueLook::is_paused() {
  const ResetAtEnd reset(m_paused);
  return m_paused.step();
}

/// From one source to the next in the index.
QueueState QueueLook::state() {
  QueueState state{is_paused(), {}};
  std::string last;
  for (;;) {
    m_next_source.bind(1, last);
    const ResetAtEnd reset(m_next_source);
    do {
      if (!m_next_source.step()) {
        return state;
      }
    } while (m_damaged.contains(m_next_source.number(2)));
    const Timestamp due_at{std::chrono::milliseconds(m_next_source.number(1))};
    last =
        state.sources.emplace_back(SourceQueue{std::string(m_next_source.text(0)), due_at}).source;
  }
}

std::size_t QueueLook::count_due(const QueueState& state, Timestamp now, std::size_t at_most) {
  std::size_t count = 0;
  for (const SourceQueue& queue : state.sources) {
    if (queue.next_due_at > now || count >= at_most) {
      continue;
    }
    m_count_due.bind(1, queue.source);
    m_count_due.bind(2, now.time_since_epoch().count());
    m_count_due.bind(3, static_cast<std::int64_t>(at_most - count));
    const ResetAtEnd reset(m_count_due);
    m_count_due.step();
    count += static_cast<std::size_t>(m_count_due.number(0));
  }
  return count;
}

}  // namespace payhook
