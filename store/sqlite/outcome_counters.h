#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/timestamp.h"
#include "store/sqlite/connection.h"
#include "store/statistics.h"

namespace payhook {

/// What one transaction has come to, by source, outcome and minute, and how late that was.
class OutcomeTally {
 public:
  struct Line {
    std::string source;
    std::string_view outcome;
    std::chrono::sys_time<std::chrono::minutes> minute;
    std::int64_t count;
    Timestamp last_at;
  };

  /// `outcome` is one of store/statistics.h.
  void add(std::string_view source, std::string_view outcome, Timestamp at, std::int64_t count = 1);

  /// That a transaction is processed, or handed to its handler, so long after it was due.
  void add_lag(std::chrono::milliseconds lag) noexcept { m_lag.add(lag); }

  const std::vector<Line>& lines() const noexcept { return m_lines; }
  const ProcessingLag& lag() const noexcept { return m_lag; }

 private:
  std::vector<Line> m_lines;  // a few: there are no more than configured sources have outcomes
  ProcessingLag m_lag;
};

/// The counters, as one who is in a transaction adds to them. It is done once for each line and
/// bucket, not for each webhook. No payment is to fail because it cannot be counted: where the
/// counters are damaged, nothing is counted any more. For one thread at a time.
class OutcomeCounters {
 public:
  explicit OutcomeCounters(SqliteConnection& connection);

  /// Throws StoreUnavailable or StoreBroken. After StoreDamaged or StoreRefused the transaction is
  /// to be tried again, and nothing is counted then.
  void add(const OutcomeTally& tally);

  /// Whether add() has met damage for the first time. Told once.
  bool take_failure() noexcept { return std::exchange(m_has_just_failed, false); }

 private:
  void add_line(const OutcomeTally::Line& line);
  void add_lag(const ProcessingLag& lag);

  bool m_are_damaged = false;
  bool m_has_just_failed = false;
  SqliteStatement m_add;
  SqliteStatement m_add_to_minute;
  SqliteStatement m_add_to_lag;
};

}  // namespace payhook
