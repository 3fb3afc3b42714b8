#include "core/timestamp.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <stdexcept>
#include <string>

#include "core/clock.h"

namespace payhook {

namespace {

Timestamp at(std::int64_t milliseconds_since_1970) {
  return Timestamp{std::chrono::milliseconds{milliseconds_since_1970}};
}

struct Moment {
  std::int64_t milliseconds;
  std::string text;
  std::string in_seconds;
};

// The milliseconds are `date --date=… +%s%3N`'s.
const Moment k_moments[] = {
    {0, "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00Z"},
    {1762612260123, "2025-11-08T14:31:00.123Z", "2025-11-08T14:31:00Z"},
    {1762612260999, "2025-11-08T14:31:00.999Z", "2025-11-08T14:31:00Z"},
    {951827696789, "2000-02-29T12:34:56.789Z", "2000-02-29T12:34:56Z"},
    {1709251199007, "2024-02-29T23:59:59.007Z", "2024-02-29T23:59:59Z"},
    {4107542400000, "2100-03-01T00:00:00.000Z", "2100-03-01T00:00:00Z"},
    {253402300799999, "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59Z"},
    {-1, "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59Z"},
    {-62167219200000, "0000-01-01T00:00:00.000Z", "0000-01-01T00:00:00Z"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(timestamp)

BOOST_AUTO_TEST_CASE(moments_are_written_in_utc_with_milliseconds) {
  for (const auto& moment : k_moments) {
    BOOST_TEST(format_milliseconds(at(moment.milliseconds)) == moment.text);
  }
}

BOOST_AUTO_TEST_CASE(what_four_digits_cannot_tell_is_the_nearest_that_they_can) {
  BOOST_TEST(format_milliseconds(at(253402300800000)) == "9999-12-31T23:59:59.999Z");
  BOOST_TEST(format_milliseconds(at(-62167219200001)) == "0000-01-01T00:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(whole_seconds_are_truncated_and_never_rounded_up) {
  for (const auto& moment : k_moments) {
    BOOST_TEST(format_seconds(at(moment.milliseconds)) == moment.in_seconds);
  }
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read_back_to_the_millisecond) {
  for (const auto& moment : k_moments) {
    BOOST_TEST(parse_timestamp(moment.text).time_since_epoch().count() == moment.milliseconds);
  }
}

BOOST_AUTO_TEST_CASE(texts_sort_as_their_moments_do) {
  const std::int64_t sorted[] = {-62167219200000, -1, 0, 9, 10, 99, 100, 999, 1000, 951827696789,
                                 253402300799999};
  for (std::size_t i = 1; i < std::size(sorted); ++i) {
    BOOST_TEST(format_milliseconds(at(sorted[i - 1])) < format_milliseconds(at(sorted[i])));
  }
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused) {
  const std::string refused[] = {
      "",
      "2025-11-08",
      "2025-11-08T14:31:00Z",
      "2025-11-08T14:31:00.12Z",
      "2025-11-08T14:31:00.1234Z",
      "2025-11-08T14:31:00.123",
      "2025-11-08T14:31:00.123z",
      "2025-11-08 14:31:00.123Z",
      "2025-11-08t14:31:00.123Z",
      "2025/11/08T14:31:00.123Z",
      "2025-11-08T14:31:00,123Z",
      "2025-11-08T14:31:00.123+",
      " 2025-11-08T14:31:00.123Z",
      "2025-11-08T14:31:00.123Z ",
      std::string("2025-11-08T14:31:00.123\0", 24),
      "2025-00-08T14:31:00.123Z",
      "2025-13-08T14:31:00.123Z",
      "2025-11-00T14:31:00.123Z",
      "2025-11-31T14:31:00.123Z",
      "2025-02-29T14:31:00.123Z",
      "2100-02-29T14:31:00.123Z",
      "2025-11-08T24:00:00.000Z",
      "2025-11-08T14:60:00.123Z",
      "2025-12-31T23:59:60.000Z",
      "-025-11-08T14:31:00.123Z",
      "+025-11-08T14:31:00.123Z",
      "-000-11-08T14:31:00.123Z",
      "2025-+1-08T14:31:00.123Z",
      "2025-11- 8T14:31:00.123Z",
      "2025-11-08T-0:31:00.123Z",
      "2025-11-08T14:-0:00.123Z",
      "2025-11-08T14:31:-0.123Z",
      "2025-11-08T14:31:00.-00Z",
      "2025-11-08T14:31:00.-01Z",
      "2025-11-08T14:31:00.1e1Z",
      "2025-11-08T14:31:0x.123Z",
  };
  for (const auto& text : refused) {
    BOOST_TEST_CONTEXT(text) { BOOST_CHECK_THROW(parse_timestamp(text), std::invalid_argument); }
  }
}

BOOST_AUTO_TEST_CASE(the_system_clock_tells_the_real_time) {
  using std::chrono::system_clock;
  const auto before = std::chrono::floor<std::chrono::milliseconds>(system_clock::now());
  const Timestamp now = SystemClock().now();
  const auto after = std::chrono::ceil<std::chrono::milliseconds>(system_clock::now());
  BOOST_TEST((before <= now && now <= after));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
