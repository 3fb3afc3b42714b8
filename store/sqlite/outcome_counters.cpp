#include "store/sqlite/outcome_counters.h"

#include "core/log.h"
#include "store/errors.h"

namespace payhook {

namespace {

// The last one to write says when it was, even where it is earlier: a clock that was set back must
// not have a source look alive until it has caught up.
constexpr auto k_add = R"sql(
  INSERT INTO outcomes (source, outcome, count, last_at) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = excluded.last_at
)sql";

constexpr auto k_add_to_minute = R"sql(
  INSERT INTO outcomes_by_minute (minute, source, outcome, count) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT DO UPDATE SET count = count + excluded.count
)sql";

constexpr auto k_add_to_lag = R"sql(
  INSERT INTO processing_lag (bucket, count, milliseconds) VALUES (?1, ?2, ?3)
  ON CONFLICT DO UPDATE SET count = count + excluded.count,
                            milliseconds = milliseconds + excluded.milliseconds
)sql";

constexpr std::size_t k_minute_length = 16;  // of 2026-11-27T14:31

}  // namespace

OutcomeCounters::OutcomeCounters(SqliteConnection& connection)
    : m_add(connection.prepare(k_add)),
      m_add_to_minute(connection.prepare(k_add_to_minute)),
      m_add_to_lag(connection.prepare(k_add_to_lag)) {}

void OutcomeCounters::add(const OutcomeTally& tally) {
  if (m_are_damaged) {
    return;
  }
  const auto give_up = [this](const std::exception& why) {
    m_are_damaged = true;
    m_has_just_failed = true;
    log::report(log::Event::STORE_ALARM, "webhooks are no longer counted: {}", why.what());
  };
  try {
    for (const OutcomeTally::Line& line : tally.lines()) {
      add_line(line);
    }
    add_lag(tally.lag());
  } catch (const StoreDamaged& e) {
    give_up(e);
    throw;
  } catch (const StoreRefused& e) {
    give_up(e);
    throw;
  }
}

void OutcomeCounters::add_line(const OutcomeTally::Line& line) {
  const std::string at = format_milliseconds(line.last_at);
  m_add.bind(1, line.source);
  m_add.bind(2, line.outcome);
  m_add.bind(3, line.count);
  m_add.bind(4, at);
  m_add.run();
  m_add_to_minute.bind(1, std::string_view(at).substr(0, k_minute_length));
  m_add_to_minute.bind(2, line.source);
  m_add_to_minute.bind(3, line.outcome);
  m_add_to_minute.bind(4, line.count);
  m_add_to_minute.run();
}

void OutcomeCounters::add_lag(const ProcessingLag& lag) {
  std::int64_t number = 0;
  for (const ProcessingLag::Bucket& bucket : lag.buckets()) {
    if (bucket.count > 0) {
      m_add_to_lag.bind(1, number);
      m_add_to_lag.bind(2, bucket.count);
      m_add_to_lag.bind(3, std::int64_t{bucket.sum.count()});
      m_add_to_lag.run();
    }
    ++number;
  }
}

}  // namespace payhook
