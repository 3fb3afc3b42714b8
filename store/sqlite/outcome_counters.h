#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.h"
#include "store/sqlite/connection.h"

namespace payhook {

/// What one transaction has come to, by source, outcome and minute.
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

  const std::vector<Line>& lines() const noexcept { return m_lines; }

 private:
  std::vector<Line> m_lines;  // a few: there are no more than configured sources have outcomes
};

/// The counters, as one who is in a transaction adds to them. It is done once for each line, not
/// for each webhook. For one thread at a time.
class OutcomeCounters {
 public:
  explicit OutcomeCounters(SqliteConnection& connection);

  /// Throws StoreUnavailable or StoreBroken.
  void add(const OutcomeTally& tally);

 private:
  SqliteStatement m_add;
  SqliteStatement m_add_to_minute;
};

}  // namespace payhook
