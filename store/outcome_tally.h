#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.h"
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

inline void OutcomeTally::add(std::string_view source, std::string_view outcome, Timestamp at,
                              std::int64_t count) {
  const auto minute = std::chrono::floor<std::chrono::minutes>(at);
  const auto line = std::find_if(m_lines.begin(), m_lines.end(), [&](const Line& each) {
    return each.minute == minute && each.outcome == outcome && each.source == source;
  });
  if (line == m_lines.end()) {
    m_lines.push_back({std::string(source), outcome, minute, count, at});
  } else {
    line->count += count;
    line->last_at = at;
  }
}

}  // namespace payhook
