#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace payhook {

/// A moment in UTC, to the millisecond. The store keeps milliseconds, the API shows seconds.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// RFC 3339 with milliseconds, "2025-11-08T14:31:00.123Z": texts sort as their moments do. One that
/// is outside the years 0000 to 9999 is written as the first or the last that is not.
std::string format_milliseconds(Timestamp time);

/// RFC 3339 in whole seconds, truncated: "2025-11-08T14:31:00Z".
std::string format_seconds(Timestamp time);

/// Reads what format_milliseconds() writes. Throws std::invalid_argument for anything else.
Timestamp parse_timestamp(std::string_view text);

/// The moment that a date and time of RFC 3339 names, whatever its offset from UTC, to the
/// millisecond. Empty for anything else.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace payhook
