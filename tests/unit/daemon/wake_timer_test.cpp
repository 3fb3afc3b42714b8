#include "daemon/wake_timer.h"

#include <sys/eventfd.h>

#include <boost/test/unit_test.hpp>

#include "core/clock.h"
#include "tests/support/child_process.h"

namespace payhook::test {

namespace {

using Woken = WakeTimer::Woken;

/// What wakes a timer before its time.
struct Interruption {
  void request() const { ::eventfd_write(fd.get(), 1); }

  UniqueFd fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

Timestamp in(std::chrono::milliseconds time) { return SystemClock().now() + time; }

}  // namespace

BOOST_AUTO_TEST_SUITE(wake_timer)

BOOST_AUTO_TEST_CASE(a_time_that_has_passed_wakes_at_once) {
  const Interruption interruption;
  WakeTimer timer;
  for (const Timestamp time : {in(std::chrono::milliseconds{0}), in(std::chrono::hours{-1}),
                               parse_timestamp("1970-01-01T00:00:00.001Z")}) {
    BOOST_TEST((timer.sleep_until(time, interruption.fd.get()) == Woken::TIMER));
  }
}

BOOST_AUTO_TEST_CASE(a_time_to_come_wakes_then_and_not_before) {
  const Interruption interruption;
  WakeTimer timer;
  for (int i = 0; i < 3; ++i) {
    const Timestamp time = in(std::chrono::milliseconds{20});
    BOOST_TEST((timer.sleep_until(time, interruption.fd.get()) == Woken::TIMER));
    BOOST_TEST((SystemClock().now() >= time));
  }
}

BOOST_AUTO_TEST_CASE(a_timer_that_went_off_sleeps_again_until_it_is_interrupted) {
  const Interruption interruption;
  WakeTimer timer;
  BOOST_TEST(
      (timer.sleep_until(in(std::chrono::hours{-1}), interruption.fd.get()) == Woken::TIMER));
  interruption.request();
  BOOST_TEST(
      (timer.sleep_until(in(std::chrono::hours{24}), interruption.fd.get()) == Woken::INTERRUPTED));
}

BOOST_AUTO_TEST_CASE(an_interruption_wakes_it_and_comes_before_the_time) {
  const Interruption interruption;
  interruption.request();
  WakeTimer timer;
  BOOST_TEST(
      (timer.sleep_until(in(std::chrono::hours{24}), interruption.fd.get()) == Woken::INTERRUPTED));
  BOOST_TEST(
      (timer.sleep_until(in(std::chrono::hours{-1}), interruption.fd.get()) == Woken::INTERRUPTED));
}

BOOST_AUTO_TEST_CASE(a_time_before_which_no_clock_stands_wakes_at_once) {
  // A timer set to zero is one that is switched off, and a negative time is refused.
  for (const Timestamp time : {Timestamp{}, Timestamp{} - std::chrono::hours{1}}) {
    const int status = exit_status_of_child([time] {
      ::alarm(20);  // ends a sleep that would not end
      const Interruption interruption;
      return WakeTimer().sleep_until(time, interruption.fd.get()) == Woken::TIMER ? 0 : 1;
    });
    BOOST_TEST(status == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
