#include "store/postgresql/queue_look.h"

#include "store/postgresql/parameters.h"

namespace payhook::postgresql {

namespace {

constexpr Statement k_paused{"payhook_paused", "SELECT EXISTS (SELECT FROM pause)"};

// From one source to the next in the index.
constexpr Statement k_sources{"payhook_sources", R"sql(
  WITH RECURSIVE sources AS (
    (SELECT source, due_at FROM transactions WHERE status = 'PROCESSING'
     ORDER BY source, due_at LIMIT 1)
    UNION ALL
    SELECT next.source, next.due_at FROM sources CROSS JOIN LATERAL (
      SELECT source, due_at FROM transactions
      WHERE status = 'PROCESSING' AND source > sources.source
      ORDER BY source, due_at LIMIT 1) AS next)
  SELECT source, due_at FROM sources
)sql"};

constexpr Statement k_count_due{"payhook_count_due", R"sql(
  SELECT count(*) FROM (
    SELECT FROM unnest($1::text[]) AS queue (source) CROSS JOIN LATERAL (
      SELECT FROM transactions
      WHERE status = 'PROCESSING' AND source = queue.source AND due_at <= $2::timestamptz
      LIMIT $3::bigint) AS one
    LIMIT $3::bigint) AS counted
)sql"};

}  // namespace

QueueState look_at_queue(Session& session) {
  const Deadline deadline = std::chrono::steady_clock::now() + Session::k_patience;
  Connection& connection = session.connection(deadline);
  connection.add(k_paused);
  connection.add(k_sources);
  const auto results = connection.run(deadline);
  QueueState state{results[0].yes(0, 0), {}};
  for (std::size_t row = 0; row < results[1].rows(); ++row) {
    state.sources.push_back({results[1].string(row, 0), results[1].time(row, 1)});
  }
  return state;
}

std::size_t count_due(Session& session, const QueueState& state, Timestamp now,
                      std::size_t at_most) {
  Array sources;
  for (const SourceQueue& queue : state.sources) {
    if (queue.next_due_at <= now) {
      sources.add(queue.source);
    }
  }
  const auto most = static_cast<std::int64_t>(at_most);
  return static_cast<std::size_t>(
      session.read(k_count_due, Parameters().add(sources).add(now).add(most)).number(0, 0));
}

}  // namespace payhook::postgresql
