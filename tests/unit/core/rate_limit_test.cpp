#include "core/rate_limit.h"

#include <boost/test/unit_test.hpp>

namespace payhook {

namespace {

using std::chrono::milliseconds;

struct Limited {
  int admitted_of(int lines) {
    int admitted = 0;
    for (int i = 0; i < lines; ++i) {
      admitted += limit.admit(now) ? 1 : 0;
    }
    return admitted;
  }

  RateLimit limit;
  RateLimit::Time now{std::chrono::hours{1}};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rate_limit, Limited)

BOOST_AUTO_TEST_CASE(a_window_lets_ten_through_and_counts_the_others) {
  BOOST_TEST(admitted_of(25) == 10);
  now += RateLimit::k_window;
  BOOST_TEST(limit.take_count(now) == 15U);
  BOOST_TEST(limit.take_count(now) == 0U, "each is told once");
}

BOOST_AUTO_TEST_CASE(the_count_is_told_once_the_window_is_over) {
  admitted_of(25);
  now += RateLimit::k_window - milliseconds{1};
  BOOST_TEST(limit.take_count(now) == 0U);
  BOOST_TEST(admitted_of(1) == 0);
  now += milliseconds{1};
  BOOST_TEST(limit.take_count(now) == 16U);
}

BOOST_AUTO_TEST_CASE(the_next_window_begins_with_the_next_line) {
  admitted_of(10);
  now += 3 * RateLimit::k_window;
  BOOST_TEST(admitted_of(1) == 1);
  now += RateLimit::k_window - milliseconds{1};
  BOOST_TEST(admitted_of(20) == 9);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
