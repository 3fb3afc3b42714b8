#include "ctl/human_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace payhook {

std::string human_duration(std::chrono::milliseconds time) {
  using std::chrono::floor;
  const auto seconds = std::max(floor<std::chrono::seconds>(time), std::chrono::seconds{0});
  if (seconds < std::chrono::minutes{2}) {
    return fmt::format("{} s", seconds.count());
  }
  if (seconds < std::chrono::hours{2}) {
    return fmt::format("{} min", floor<std::chrono::minutes>(seconds).count());
  }
  if (seconds < std::chrono::days{2}) {
    return fmt::format("{} h", floor<std::chrono::hours>(seconds).count());
  }
  return fmt::format("{} days", floor<std::chrono::days>(seconds).count());
}

std::string human_bytes(std::int64_t bytes) {
  constexpr std::array k_units{"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) {
    return fmt::format("{} B", bytes);
  }
  auto value = static_cast<double>(bytes) / 1024;
  const auto* unit = k_units.begin();
  while (value >= 1024 && unit + 1 != k_units.end()) {
    value /= 1024;
    ++unit;
  }
  return value < 10 ? fmt::format("{:.1f} {}", value, *unit)
                    : fmt::format("{:.0f} {}", value, *unit);
}

std::string human_count(std::size_t count, std::size_t most_counted) {
  return count >= most_counted ? fmt::format("more than {}", most_counted) : std::to_string(count);
}

}  // namespace payhook
