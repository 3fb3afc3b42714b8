#include "core/timestamp.h"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace payhook {

namespace {

struct Fields {
  explicit Fields(Timestamp time)
      : day(std::chrono::floor<std::chrono::days>(time)),
        date(day),
        time_of_day(std::chrono::floor<std::chrono::milliseconds>(time - day)) {}

  std::chrono::sys_days day;
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::milliseconds> time_of_day;
};

std::string format_to_second(const Fields& fields, std::string_view end) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}", static_cast<int>(fields.date.year()),
                     static_cast<unsigned>(fields.date.month()),
                     static_cast<unsigned>(fields.date.day()), fields.time_of_day.hours().count(),
                     fields.time_of_day.minutes().count(), fields.time_of_day.seconds().count(),
                     end);
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

}  // namespace

std::string format_milliseconds(Timestamp time) {
  const Fields fields(time);
  return format_to_second(fields, fmt::format(".{:03}Z", fields.time_of_day.subseconds().count()));
}

std::string format_seconds(Timestamp time) { return format_to_second(Fields(time), "Z"); }

Timestamp parse_timestamp(std::string_view text) {
  constexpr std::string_view k_pattern = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() != k_pattern.size()) {
    refuse(text);
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (k_pattern[i] != 'd' && k_pattern[i] != text[i]) {
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

}  // namespace payhook
