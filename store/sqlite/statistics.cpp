#include "store/sqlite/statistics.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <string>
#include <system_error>

namespace payhook {

namespace {

constexpr std::size_t k_minute_length = 16;  // of 2026-11-27T14:31
constexpr std::size_t k_hour_length = 13;

constexpr auto k_totals = "SELECT source, outcome, count, last_at FROM outcomes";

constexpr auto k_counts = R"sql(
  SELECT source, outcome, sum(count) FROM (
    SELECT source, outcome, count FROM outcomes_by_minute WHERE minute >= ?1 AND minute < ?2
    UNION ALL
    SELECT source, outcome, count FROM outcomes_by_hour WHERE hour >= ?1 AND hour < ?2)
  GROUP BY source, outcome
)sql";

constexpr auto k_lag = "SELECT bucket, count, milliseconds FROM processing_lag";

constexpr auto k_failed = R"sql(
  SELECT count(*) FROM (
    SELECT 1 FROM transactions INDEXED BY transactions_failed WHERE status = 'FAILED' LIMIT ?1)
)sql";

constexpr auto k_conflicts = "SELECT count(*) FROM (SELECT 1 FROM conflicts LIMIT ?1)";

constexpr auto k_newest = "SELECT created_at FROM transactions ORDER BY id DESC LIMIT 1";

constexpr auto k_last_backup = R"sql(
  SELECT at FROM operations INDEXED BY operations_backup
  WHERE operation = 'backup' ORDER BY at DESC LIMIT 1
)sql";

constexpr auto k_pages = R"sql(
  SELECT page_count * page_size, freelist_count * page_size
  FROM pragma_page_count, pragma_page_size, pragma_freelist_count
)sql";

constexpr auto k_earlier_size =
    "SELECT hour, bytes FROM database_sizes WHERE hour >= ?1 AND hour < ?2 ORDER BY hour LIMIT 1";

constexpr auto k_oldest_minute = "SELECT min(minute) FROM outcomes_by_minute";

// The minutes of an hour come before its sixtieth.
constexpr auto k_fold = R"sql(
  INSERT INTO outcomes_by_hour (hour, source, outcome, count)
  SELECT ?1, source, outcome, sum(count) FROM outcomes_by_minute
  WHERE minute >= ?1 AND minute < ?1 || ':60' GROUP BY source, outcome
  ON CONFLICT DO UPDATE SET count = count + excluded.count
)sql";

constexpr auto k_drop_minutes =
    "DELETE FROM outcomes_by_minute WHERE minute >= ?1 AND minute < ?1 || ':60'";

constexpr auto k_drop_hour = R"sql(
  DELETE FROM outcomes_by_hour
  WHERE hour = (SELECT min(hour) FROM outcomes_by_hour) AND hour < ?1
)sql";

constexpr auto k_note_size =
    "INSERT INTO database_sizes (hour, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

constexpr auto k_drop_sizes = "DELETE FROM database_sizes WHERE hour < ?1";

std::string hour_of(Timestamp time) { return format_milliseconds(time).substr(0, k_hour_length); }

std::int64_t bytes_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  return error ? 0 : static_cast<std::int64_t>(bytes);
}

/// That a program of the database's owner may fill.
std::int64_t bytes_left_beside(const std::filesystem::path& file) {
  struct statvfs disk {};
  if (::statvfs(file.c_str(), &disk) != 0) {
    throw StoreUnavailable(std::generic_category().message(errno));
  }
  return static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
}

}  // namespace

SqliteStatistics::SqliteStatistics(SharedState& shared, std::chrono::milliseconds patience)
    : m_database(shared.database),
      m_writer(shared, Writer::k_pages_of_others, patience),
      m_quarantine(m_writer.connection(), "quarantine"),
      m_damaged(m_writer.connection()),
      m_queue(m_writer.connection(), m_damaged),
      m_totals(m_writer.connection().prepare(k_totals)),
      m_counts(m_writer.connection().prepare(k_counts)),
      m_lag(m_writer.connection().prepare(k_lag)),
      m_failed(m_writer.connection().prepare(k_failed)),
      m_conflicts(m_writer.connection().prepare(k_conflicts)),
      m_newest(m_writer.connection().prepare(k_newest)),
      m_last_backup(m_writer.connection().prepare(k_last_backup)),
      m_pages(m_writer.connection().prepare(k_pages)),
      m_earlier_size(m_writer.connection().prepare(k_earlier_size)),
      m_oldest_minute(m_writer.connection().prepare(k_oldest_minute)),
      m_fold(m_writer.connection().prepare(k_fold)),
      m_drop_minutes(m_writer.connection().prepare(k_drop_minutes)),
      m_drop_hour(m_writer.connection().prepare(k_drop_hour)),
      m_note_size(m_writer.connection().prepare(k_note_size)),
      m_drop_sizes(m_writer.connection().prepare(k_drop_sizes)) {}

std::vector<OutcomeTotal> SqliteStatistics::totals() {
  std::vector<OutcomeTotal> totals;
  const ResetAtEnd reset(m_totals);
  while (m_totals.step()) {
    totals.push_back({std::string(m_totals.text(0)), std::string(m_totals.text(1)),
                      m_totals.number(2), parse_timestamp(m_totals.text(3))});
  }
  return totals;
}

std::vector<OutcomeCount> SqliteStatistics::counts(Timestamp since, Timestamp before) {
  const std::string first = format_milliseconds(since).substr(0, k_minute_length);
  const std::string end = format_milliseconds(before).substr(0, k_minute_length);
  m_counts.bind(1, first);
  m_counts.bind(2, end);
  std::vector<OutcomeCount> counts;
  const ResetAtEnd reset(m_counts);
  while (m_counts.step()) {
    counts.push_back(
        {std::string(m_counts.text(0)), std::string(m_counts.text(1)), m_counts.number(2)});
  }
  return counts;
}

ProcessingLag SqliteStatistics::processing_lag() {
  ProcessingLag lag;
  const ResetAtEnd reset(m_lag);
  while (m_lag.step()) {
    lag.buckets().at(static_cast<std::size_t>(m_lag.number(0))) = {
        m_lag.number(1), std::chrono::milliseconds(m_lag.number(2))};
  }
  return lag;
}

StoreState SqliteStatistics::state(Timestamp now) {
  StoreState state;
  state.is_open_to_receive = m_writer.connection().turn_file().is_taken(TurnFile::Role::RECEIVING);
  state.is_being_processed = m_writer.connection().turn_file().is_taken(TurnFile::Role::PROCESSING);
  state.failed = count(m_failed);
  state.conflicts = count(m_conflicts);
  state.quarantine = m_quarantine.now();
  const auto time = [](SqliteStatement& statement) {
    const auto found = text(statement);
    return found ? std::optional(parse_timestamp(*found)) : std::nullopt;
  };
  state.newest_created_at = time(m_newest);
  state.last_backup_at = time(m_last_backup);
  add_queue(state, now);
  add_sizes(state, now);
  return state;
}

StoreVitals SqliteStatistics::vitals() {
  text(m_newest);
  return {m_writer.connection().turn_file().is_taken(TurnFile::Role::PROCESSING),
          bytes_left_beside(m_database)};
}

void SqliteStatistics::add_queue(StoreState& state, Timestamp now) {
  const QueueState queue = m_queue.state();
  state.is_paused = queue.is_paused;
  for (const SourceQueue& each : queue.sources) {
    if (each.next_due_at <= now) {
      state.oldest_due_at =
          std::min(state.oldest_due_at.value_or(each.next_due_at), each.next_due_at);
    }
  }
  state.processing = m_queue.count_due(queue, Timestamp::max(), StoreState::k_most_counted);
  state.due = m_queue.count_due(queue, now, StoreState::k_most_counted);
}

std::size_t SqliteStatistics::count(SqliteStatement& statement) {
  statement.bind(1, static_cast<std::int64_t>(StoreState::k_most_counted));
  const ResetAtEnd reset(statement);
  statement.step();
  return static_cast<std::size_t>(statement.number(0));
}

/// Of its first row.
std::optional<std::string> SqliteStatistics::text(SqliteStatement& statement) {
  const ResetAtEnd reset(statement);
  return statement.step() && !statement.is_null(0) ? std::optional(std::string(statement.text(0)))
                                                   : std::nullopt;
}

void SqliteStatistics::add_sizes(StoreState& state, Timestamp now) {
  {
    const ResetAtEnd reset(m_pages);
    m_pages.step();
    state.unused_bytes = m_pages.number(1);
    state.bytes = m_pages.number(0) - state.unused_bytes;
  }
  state.log_bytes = bytes_of(m_database.string() + "-wal");
  state.disk_bytes_left = bytes_left_beside(m_database);
  const std::string first = hour_of(now - std::chrono::days{1});
  const std::string end = hour_of(now);
  m_earlier_size.bind(1, first);
  m_earlier_size.bind(2, end);
  const ResetAtEnd reset(m_earlier_size);
  if (m_earlier_size.step()) {
    state.earlier = SizeSample{parse_timestamp(std::string(m_earlier_size.text(0)) + ":00:00.000Z"),
                               m_earlier_size.number(1)};
  }
}

EngineReport SqliteStatistics::engine() {
  const auto pragma = [this](const std::string& name) {
    SqliteStatement statement = m_writer.connection().prepare("PRAGMA " + name);
    return text(statement).value_or("");
  };
  const std::string journal = pragma("journal_mode");
  const std::string synchronous = pragma("synchronous");
  const std::string page_size = pragma("page_size");
  EngineReport report{fmt::format("SQLite {}, journal_mode {}, synchronous {}, page_size {}",
                                  sqlite3_libversion(), journal, synchronous, page_size),
                      {}};
  if (journal != "wal" || synchronous != "2") {
    report.doubts.emplace_back("a commit may be acknowledged that a power cut loses");
  }
  if (page_size != "4096") {
    report.doubts.push_back(fmt::format(
        "the database has pages of {} bytes, and checkpoints are counted in pages of 4096",
        page_size));
  }
  return report;
}

bool SqliteStatistics::tidy(Timestamp now, Deadline deadline) {
  auto turn = m_writer.take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  const bool folded = fold_oldest_hour(now);
  const bool forgot = forget_oldest_hour(now);
  note_size(now);
  transaction.commit();
  return folded || forgot;
}

/// One hour is a few hundred rows, which keeps nobody waiting.
bool SqliteStatistics::fold_oldest_hour(Timestamp now) {
  const auto oldest = text(m_oldest_minute);
  if (!oldest || oldest->substr(0, k_hour_length) >= hour_of(now - k_by_minute)) {
    return false;
  }
  for (SqliteStatement* const statement : {&m_fold, &m_drop_minutes}) {
    statement->bind(1, std::string_view(*oldest).substr(0, k_hour_length));
    statement->run();
  }
  return true;
}

bool SqliteStatistics::forget_oldest_hour(Timestamp now) {
  const std::string first_kept = hour_of(now - k_kept);
  m_drop_hour.bind(1, first_kept);
  m_drop_hour.run();
  return m_writer.connection().changes() > 0;
}

void SqliteStatistics::note_size(Timestamp now) {
  const std::string hour = hour_of(now);
  const std::string first_kept = hour_of(now - k_kept);
  std::int64_t bytes = 0;
  {
    const ResetAtEnd reset(m_pages);
    m_pages.step();
    bytes = m_pages.number(0) - m_pages.number(1);
  }
  m_note_size.bind(1, hour);
  m_note_size.bind(2, bytes);
  m_note_size.run();
  m_drop_sizes.bind(1, first_kept);
  m_drop_sizes.run();
}

}  // namespace payhook
