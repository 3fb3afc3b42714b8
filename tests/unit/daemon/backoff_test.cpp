#include "daemon/backoff.h"

#include <boost/test/unit_test.hpp>

namespace payhook::test {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

BOOST_AUTO_TEST_SUITE(backoff)

BOOST_AUTO_TEST_CASE(each_retry_comes_four_times_as_late_as_the_one_before) {
  // docs/processing.md has the same table.
  const seconds middle[] = {seconds{10},   seconds{40},    seconds{160}, seconds{640},
                            seconds{2560}, seconds{10240}, hours{6},     hours{6}};
  std::int64_t attempt = 0;
  for (const seconds delay : middle) {
    ++attempt;
    BOOST_TEST((retry_delay({}, attempt, 0.5) == delay), attempt);
    BOOST_TEST((retry_delay({}, attempt, 0.0) == delay * 4 / 5), attempt);
    BOOST_TEST((retry_delay({}, attempt, 1.0) == delay * 6 / 5), attempt);
  }
}

BOOST_AUTO_TEST_CASE(no_number_of_attempts_is_too_many) {
  BOOST_TEST((retry_delay({}, 1'000'000'000, 0.5) == hours{6}));
}

BOOST_AUTO_TEST_CASE(one_second_may_be_the_longest) {
  const RetryConfig retry{.max_attempts = 3, .first = seconds{1}, .longest = seconds{1}};
  BOOST_TEST((retry_delay(retry, 3, 0.5) == seconds{1}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
