#pragma once

#include <chrono>
#include <cstdint>

namespace payhook {

/// Tells how fast a count has grown between two looks at it. For one thread.
class RateMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit RateMeter(Time now) noexcept : m_last_look(now) {}

  /// What was added to the count since the last look, per second.
  double per_second(std::uint64_t count, Time now) noexcept {
    const std::chrono::duration<double> elapsed = now - m_last_look;
    const auto added = static_cast<double>(count - m_last_count);
    m_last_look = now;
    m_last_count = count;
    return elapsed.count() > 0 ? added / elapsed.count() : 0;
  }

 private:
  Time m_last_look;
  std::uint64_t m_last_count = 0;
};

}  // namespace payhook
