#include "store/postgresql/statistics.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/postgresql/parameters.h"
#include "store/postgresql/queue_look.h"

namespace payhook::postgresql {

namespace {

constexpr Statement k_totals{"payhook_totals", R"sql(
  SELECT source, outcome, sum(count)::bigint, max(last_at) FROM outcomes GROUP BY source, outcome
)sql"};

constexpr Statement k_counts{"payhook_counts", R"sql(
  SELECT source, outcome, sum(count)::bigint FROM (
    SELECT source, outcome, count FROM outcomes_by_minute
    WHERE minute >= $1::timestamptz AND minute < $2::timestamptz
    UNION ALL
    SELECT source, outcome, count FROM outcomes_by_hour
    WHERE hour >= $1::timestamptz AND hour < $2::timestamptz) AS counted
  GROUP BY source, outcome
)sql"};

constexpr Statement k_lag{"payhook_lag", R"sql(
  SELECT bucket, sum(count)::bigint, sum(milliseconds)::bigint FROM processing_lag GROUP BY bucket
)sql"};

constexpr Statement k_state{"payhook_stands", R"sql(
  SELECT is_present(2), is_present(3),
         (SELECT count(*) FROM (SELECT FROM transactions WHERE status = 'FAILED'
                                ORDER BY processed_at LIMIT $1::bigint) AS counted),
         (SELECT count(*) FROM (SELECT FROM conflicts LIMIT $1::bigint) AS counted),
         (SELECT coalesce(sum(webhooks), 0)::bigint FROM kept_sizes WHERE kept_in = 'quarantine'),
         (SELECT coalesce(sum(bytes), 0)::bigint FROM kept_sizes WHERE kept_in = 'quarantine'),
         (SELECT created_at FROM transactions ORDER BY id DESC LIMIT 1),
         (SELECT max(at) FROM operations WHERE operation = 'backup')
)sql"};

constexpr Statement k_vitals{"payhook_vitals", "SELECT is_present(3)"};

// What a checkpoint has not yet written to its place.
constexpr Statement k_sizes{"payhook_sizes", R"sql(
  SELECT bytes_of_tables(),
         pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::bigint
  FROM pg_control_checkpoint()
)sql"};

constexpr Statement k_earlier_size{"payhook_earlier_size", R"sql(
  SELECT hour, bytes FROM database_sizes WHERE hour >= $1::timestamptz AND hour < $2::timestamptz
  ORDER BY hour LIMIT 1
)sql"};

constexpr Statement k_settings{"payhook_server", R"sql(
  SELECT current_setting('server_version'), current_setting('synchronous_commit'),
         current_setting('synchronous_standby_names'), current_setting('fsync'),
         current_setting('full_page_writes'), current_setting('autovacuum')
)sql"};

constexpr Statement k_slots_behind{"payhook_slots_behind", R"sql(
  SELECT slot_name::text FROM pg_replication_slots WHERE wal_status <> 'reserved'
)sql"};

// Two that do it at once each have what the other one has not deleted.
constexpr Statement k_fold{"payhook_fold", R"sql(
  WITH oldest AS (
    SELECT date_trunc('hour', min(minute)) AS hour FROM outcomes_by_minute),
  gone AS (
    DELETE FROM outcomes_by_minute USING oldest
    WHERE hour < $1::timestamptz AND minute >= hour AND minute < hour + interval '1 hour'
    RETURNING hour, source, outcome, count)
  INSERT INTO outcomes_by_hour AS held (hour, source, outcome, count)
  SELECT hour, source, outcome, sum(count)::bigint FROM gone GROUP BY hour, source, outcome
  ORDER BY source, outcome
  ON CONFLICT (hour, source, outcome) DO UPDATE SET count = held.count + excluded.count
)sql"};

constexpr Statement k_drop_hour{"payhook_drop_hour", R"sql(
  DELETE FROM outcomes_by_hour
  WHERE hour = (SELECT min(hour) FROM outcomes_by_hour) AND hour < $1::timestamptz
)sql"};

constexpr Statement k_note_size{"payhook_note_size", R"sql(
  INSERT INTO database_sizes (hour, bytes)
  SELECT $1::timestamptz, bytes_of_tables()
  WHERE NOT EXISTS (SELECT FROM database_sizes WHERE hour = $1::timestamptz)
  ON CONFLICT DO NOTHING
)sql"};

constexpr Statement k_drop_sizes{"payhook_drop_sizes",
                                 "DELETE FROM database_sizes WHERE hour < $1::timestamptz"};

Timestamp hour_of(Timestamp time) { return std::chrono::floor<std::chrono::hours>(time); }
Timestamp minute_of(Timestamp time) { return std::chrono::floor<std::chrono::minutes>(time); }

}  // namespace

Counters::Counters(const std::string& conninfo, Session::Begin begin)
    : m_session(conninfo, begin) {}

std::vector<OutcomeTotal> Counters::totals() {
  const Result found = m_session.read(k_totals);
  std::vector<OutcomeTotal> totals;
  for (std::size_t row = 0; row < found.rows(); ++row) {
    totals.push_back(
        {found.string(row, 0), found.string(row, 1), found.number(row, 2), found.time(row, 3)});
  }
  return totals;
}

std::vector<OutcomeCount> Counters::counts(Timestamp since, Timestamp before) {
  const Result found =
      m_session.read(k_counts, Parameters().add(minute_of(since)).add(minute_of(before)));
  std::vector<OutcomeCount> counts;
  for (std::size_t row = 0; row < found.rows(); ++row) {
    counts.push_back({found.string(row, 0), found.string(row, 1), found.number(row, 2)});
  }
  return counts;
}

ProcessingLag Counters::processing_lag() {
  const Result found = m_session.read(k_lag);
  ProcessingLag lag;
  for (std::size_t row = 0; row < found.rows(); ++row) {
    lag.buckets().at(static_cast<std::size_t>(found.number(row, 0))) = {
        found.number(row, 1), std::chrono::milliseconds(found.number(row, 2))};
  }
  return lag;
}

StoreState Counters::state(Timestamp now) {
  const Result found = m_session.read(
      k_state, Parameters().add(static_cast<std::int64_t>(StoreState::k_most_counted)));
  StoreState state;
  state.is_open_to_receive = found.yes(0, 0);
  state.is_being_processed = found.yes(0, 1);
  state.failed = static_cast<std::size_t>(found.number(0, 2));
  state.conflicts = static_cast<std::size_t>(found.number(0, 3));
  state.quarantine = {found.number(0, 4), found.number(0, 5)};
  state.newest_created_at = found.optional_time(0, 6);
  state.last_backup_at = found.optional_time(0, 7);
  add_queue(state, now);
  add_sizes(state, now);
  return state;
}

void Counters::add_queue(StoreState& state, Timestamp now) {
  const QueueState queue = look_at_queue(m_session);
  state.is_paused = queue.is_paused;
  for (const SourceQueue& each : queue.sources) {
    if (each.next_due_at <= now) {
      state.oldest_due_at =
          std::min(state.oldest_due_at.value_or(each.next_due_at), each.next_due_at);
    }
  }
  state.processing = count_due(m_session, queue, k_never, StoreState::k_most_counted);
  state.due = count_due(m_session, queue, now, StoreState::k_most_counted);
}

void Counters::add_sizes(StoreState& state, Timestamp now) {
  const Result sizes = m_session.read(k_sizes);
  state.bytes = sizes.number(0, 0);
  state.log_bytes = sizes.number(0, 1);
  const Result earlier = m_session.read(
      k_earlier_size, Parameters().add(hour_of(now - std::chrono::days{1})).add(hour_of(now)));
  if (earlier.rows() > 0) {
    state.earlier = SizeSample{earlier.time(0, 0), earlier.number(0, 1)};
  }
}

StoreVitals Counters::vitals() { return {m_session.read(k_vitals).yes(0, 0), std::nullopt}; }

EngineReport Counters::engine() {
  const Result server = m_session.read(k_settings);
  EngineReport report{
      fmt::format("PostgreSQL {}, synchronous_commit {}, synchronous_standby_names '{}'",
                  server.text(0, 0), server.text(0, 1), server.text(0, 2)),
      {}};
  for (const auto& [name, column] : {std::pair("fsync", 3), std::pair("full_page_writes", 4)}) {
    if (server.text(0, column) != "on") {
      report.doubts.push_back(
          fmt::format("{} is {}: a commit may be acknowledged that a power cut loses", name,
                      server.text(0, column)));
    }
  }
  if (server.text(0, 5) != "on") {
    report.doubts.emplace_back("autovacuum is off: the tables grow, and the queue becomes slow");
  }
  const Result slots = m_session.read(k_slots_behind);
  for (std::size_t row = 0; row < slots.rows(); ++row) {
    report.doubts.push_back(fmt::format(
        "the replication slot {} holds back more of the write-ahead log than max_wal_size: its "
        "standby has fallen behind, or is gone",
        slots.text(row, 0)));
  }
  return report;
}

bool Counters::tidy(Timestamp now, Deadline deadline) {
  ScopedTransaction transaction(m_session, deadline);
  const Timestamp first_kept = hour_of(now - k_kept);
  transaction.add(k_fold, Parameters().add(hour_of(now - k_by_minute)));
  transaction.add(k_drop_hour, Parameters().add(first_kept));
  transaction.add(k_note_size, Parameters().add(hour_of(now)));
  transaction.add(k_drop_sizes, Parameters().add(first_kept));
  const std::vector<Result> done = transaction.run();
  transaction.commit();
  return done[0].changes() > 0 || done[1].changes() > 0;
}

}  // namespace payhook::postgresql
