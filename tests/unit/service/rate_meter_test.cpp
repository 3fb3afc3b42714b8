#include "service/rate_meter.h"

#include <boost/test/unit_test.hpp>

namespace payhook {

BOOST_AUTO_TEST_SUITE(rate_meter)

BOOST_AUTO_TEST_CASE(it_tells_what_came_since_the_last_look) {
  RateMeter::Time now{std::chrono::hours{1}};
  RateMeter meter(now);
  now += std::chrono::seconds{10};
  BOOST_TEST(meter.per_second(50, now) == 5.0);
  now += std::chrono::seconds{2};
  BOOST_TEST(meter.per_second(51, now) == 0.5);
  BOOST_TEST(meter.per_second(60, now) == 0.0, "no time has passed");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
