#include "ctl/time_argument.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <charconv>
#include <optional>

#include "core/program_error.h"

namespace payhook {

namespace {

std::optional<std::chrono::seconds> unit_of(char letter) {
  switch (letter) {
    case 's':
      return std::chrono::seconds{1};
    case 'm':
      return std::chrono::minutes{1};
    case 'h':
      return std::chrono::hours{1};
    case 'd':
      return std::chrono::days{1};
    default:
      return std::nullopt;
  }
}

std::optional<std::chrono::seconds> age(const std::string& text) {
  const auto unit = text.empty() ? std::nullopt : unit_of(text.back());
  int count = 0;
  const char* const end = text.data() + text.size() - 1;
  if (!unit) {
    return std::nullopt;
  }
  const auto [stopped, error] = std::from_chars(text.data(), end, count);
  return error == std::errc{} && stopped == end && count >= 0 ? std::optional(*unit * count)
                                                              : std::nullopt;
}

}  // namespace

Timestamp time_argument(const std::string& text, Timestamp now) {
  if (const auto ago = age(text)) {
    return now - *ago;
  }
  if (const auto time = parse_rfc3339(text)) {
    return *time;
  }
  if (const auto day = parse_rfc3339(text + "T00:00:00Z")) {
    return *day;
  }
  throw ProgramError(
      EX_USAGE,
      fmt::format("'{}' is no time: write 2026-11-27T14:30:00Z, 2026-11-27, or 90s, 15m, 2h or 7d "
                  "for that long ago",
                  text));
}

}  // namespace payhook
