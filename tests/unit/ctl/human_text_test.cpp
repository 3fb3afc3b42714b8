#include "ctl/human_text.h"

#include <boost/test/unit_test.hpp>
#include <utility>

namespace payhook::test {

BOOST_AUTO_TEST_SUITE(text_for_people)

BOOST_AUTO_TEST_CASE(a_time_is_said_in_one_unit) {
  using std::chrono::milliseconds;
  const std::pair<std::int64_t, std::string> table[] = {
      {-5000, "0 s"},         {999, "0 s"},       {119'999, "119 s"},    {120'000, "2 min"},
      {7'199'999, "119 min"}, {7'200'000, "2 h"}, {172'799'999, "47 h"}, {172'800'000, "2 days"},
  };
  for (const auto& [time, expected] : table) {
    BOOST_TEST(human_duration(milliseconds{time}) == expected);
  }
}

BOOST_AUTO_TEST_CASE(bytes_are_said_in_one_unit) {
  const std::pair<std::int64_t, std::string> table[] = {
      {0, "0 B"},
      {1023, "1023 B"},
      {1536, "1.5 KiB"},
      {std::int64_t{20} << 30, "20 GiB"},
      {std::int64_t{5000} << 40, "5000 TiB"},
  };
  for (const auto& [bytes, expected] : table) {
    BOOST_TEST(human_bytes(bytes) == expected);
  }
}

BOOST_AUTO_TEST_CASE(what_was_counted_up_to_a_bound_is_said_so) {
  BOOST_TEST(human_count(9, 10) == "9");
  BOOST_TEST(human_count(10, 10) == "more than 10");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
