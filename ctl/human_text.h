#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace payhook {

/// A time as people say it, in one unit: "4 s", "12 min", "3 h", "5 days". One that has not begun
/// is "0 s".
std::string human_duration(std::chrono::milliseconds time);

/// "512 B", "1.5 KiB", "20 GiB".
std::string human_bytes(std::int64_t bytes);

/// "12", or "more than 10000" where it was counted up to that.
std::string human_count(std::size_t count, std::size_t most_counted);

}  // namespace payhook
