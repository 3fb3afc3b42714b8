#include "core/timestamp.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace payhook {

namespace {

/// Writes `value` right-aligned in a field of `width` zeros. By hand: every webhook has a
/// timestamp, and a general formatter costs more than its insert's bookkeeping.
void put_number(std::string& text, std::size_t position, std::size_t width, unsigned value) {
  for (std::size_t i = position + width; i > position; --i, value /= 10) {
    text[i - 1] = static_cast<char>('0' + value % 10);
  }
}

[[noreturn]] void refuse(std::string_view text) {
  throw std::invalid_argument(fmt::format("not a timestamp: '{}'", text));
}

int number_at(std::string_view text, std::size_t position, std::size_t length) {
  int value = 0;
  const char* const begin = text.data() + position;
  const auto [end, error] = std::from_chars(begin, begin + length, value);
  if (error != std::errc{} || end != begin + length || value < 0) {
    refuse(text);
  }
  return value;
}

// The years that four digits can tell.
constexpr Timestamp k_first = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
constexpr Timestamp k_last =
    std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1} - std::chrono::milliseconds{1};

}  // namespace

std::string format_milliseconds(Timestamp time) {
  time = std::clamp(time, k_first, k_last);
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time_of_day(time - day);
  std::string text = "0000-00-00T00:00:00.000Z";
  put_number(text, 0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_number(text, 5, 2, static_cast<unsigned>(date.month()));
  put_number(text, 8, 2, static_cast<unsigned>(date.day()));
  put_number(text, 11, 2, static_cast<unsigned>(time_of_day.hours().count()));
  put_number(text, 14, 2, static_cast<unsigned>(time_of_day.minutes().count()));
  put_number(text, 17, 2, static_cast<unsigned>(time_of_day.seconds().count()));
  put_number(text, 20, 3, static_cast<unsigned>(time_of_day.subseconds().count()));
  return text;
}

std::string format_seconds(Timestamp time) {
  constexpr std::size_t k_seconds_end = 19;
  return format_milliseconds(time).replace(k_seconds_end, std::string::npos, "Z");
}

Timestamp parse_timestamp(std::string_view text) {
  constexpr std::string_view k_pattern = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() != k_pattern.size()) {
    refuse(text);
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (k_pattern[i] == 'd' ? text[i] < '0' || text[i] > '9' : k_pattern[i] != text[i]) {
      refuse(text);
    }
  }
  const std::chrono::year_month_day date{
      std::chrono::year{number_at(text, 0, 4)},
      std::chrono::month{static_cast<unsigned>(number_at(text, 5, 2))},
      std::chrono::day{static_cast<unsigned>(number_at(text, 8, 2))}};
  const int hour = number_at(text, 11, 2);
  const int minute = number_at(text, 14, 2);
  const int second = number_at(text, 17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
    refuse(text);
  }
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + std::chrono::milliseconds{number_at(text, 20, 3)};
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  constexpr std::size_t k_fraction = 19;
  const std::size_t end_of_time = std::min(text.find_first_of("Z+-", k_fraction), text.size());
  const std::string_view fraction = text.substr(std::min(k_fraction, text.size()),
                                                end_of_time - std::min(k_fraction, end_of_time));
  const std::string_view offset = text.substr(end_of_time);
  if (!fraction.empty() && (fraction.front() != '.' || fraction.size() < 2)) {
    return std::nullopt;
  }
  try {
    std::string thousandths(fraction.substr(std::min<std::size_t>(1, fraction.size()), 3));
    thousandths.resize(3, '0');
    const Timestamp local =
        parse_timestamp(fmt::format("{}.{}Z", text.substr(0, k_fraction), thousandths));
    if (fraction.find_first_not_of("0123456789", 1) != fraction.npos) {
      return std::nullopt;
    }
    if (offset == "Z") {
      return local;
    }
    if (offset.size() != 6) {
      return std::nullopt;
    }
    // Its hours and minutes are those of some day.
    const Timestamp hours_and_minutes =
        parse_timestamp(fmt::format("1970-01-01T{}:00.000Z", offset.substr(1)));
    return local - (offset.front() == '+' ? 1 : -1) * hours_and_minutes.time_since_epoch();
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

}  // namespace payhook
