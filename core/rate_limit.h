#pragma once

#include <chrono>
#include <cstdint>

namespace payhook {

/// Lets a few lines of one kind through in a while, and counts the others. For one thread at a
/// time.
class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr unsigned k_lines = 10;
  static constexpr std::chrono::seconds k_window{10};  ///< from the first line on

  /// Whether a line may be written now. One that may not is counted.
  bool admit(Time now) noexcept;

  /// The number of lines that were counted, once their window is over, and counts anew.
  std::uint64_t take_count(Time now) noexcept;

 private:
  Time m_window_end{};
  unsigned m_admitted = 0;
  std::uint64_t m_counted = 0;
};

}  // namespace payhook
