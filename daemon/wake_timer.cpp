#include "daemon/wake_timer.h"

#include <poll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/system_error.h"

namespace payhook {

namespace {

itimerspec at(Timestamp time) {
  // A timer set to zero would be switched off, and the kernel takes no time before.
  const auto since_epoch = std::max(time.time_since_epoch(), Timestamp::duration{1});
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  itimerspec when{};
  when.it_value.tv_sec = seconds.count();
  when.it_value.tv_nsec = std::chrono::nanoseconds(since_epoch - seconds).count();
  return when;
}

}  // namespace

WakeTimer::WakeTimer() : m_timer(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)) {
  if (!m_timer) {
    throw_errno("timerfd_create");
  }
}

WakeTimer::Woken WakeTimer::sleep_until(Timestamp time, int interrupt_fd) {
  const itimerspec when = at(time);
  if (::timerfd_settime(m_timer.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when,
                        nullptr) != 0) {
    if (errno == ECANCELED) {
      return Woken::TIMER;  // the clock was set since the last sleep
    }
    throw_errno("timerfd_settime");
  }
  std::array<pollfd, 2> wait_for{{{m_timer.get(), POLLIN, 0}, {interrupt_fd, POLLIN, 0}}};
  while (::poll(wait_for.data(), wait_for.size(), -1) < 0 && errno == EINTR) {
  }
  return wait_for[1].revents != 0 ? Woken::INTERRUPTED : Woken::TIMER;
}

}  // namespace payhook
