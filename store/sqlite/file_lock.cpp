#include "store/sqlite/file_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <string>

#include "core/system_error.h"

namespace payhook::file_lock {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

struct flock range(short type, off_t byte) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

struct flock range(Kind kind, off_t byte) {
  return range(static_cast<short>(kind == Kind::SHARED ? F_RDLCK : F_WRLCK), byte);
}

/// While it exists, a system call in which this thread waits fails with EINTR once the deadline
/// has passed: F_OFD_SETLKW takes no timeout of its own.
class WaitAlarm {
 public:
  explicit WaitAlarm(SteadyTime deadline) {
    install_handler();
    unblock_signal();  // whoever started this program may have blocked it
    struct sigevent event {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = signal_number();
    event._sigev_un._tid = ::gettid();
    if (::timer_create(CLOCK_MONOTONIC, &event, &m_timer) != 0) {
      throw_errno("timer_create");
    }
    const auto since_boot = std::max(deadline.time_since_epoch(), SteadyTime::duration{1});
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
    struct itimerspec when {};
    when.it_value.tv_sec = seconds.count();
    when.it_value.tv_nsec = std::chrono::nanoseconds(since_boot - seconds).count();
    // A signal that comes just before the wait begins would be lost, so it is repeated.
    when.it_interval.tv_nsec = 10'000'000;
    ::timer_settime(m_timer, TIMER_ABSTIME, &when, nullptr);
  }
  ~WaitAlarm() { ::timer_delete(m_timer); }
  WaitAlarm(const WaitAlarm&) = delete;
  WaitAlarm& operator=(const WaitAlarm&) = delete;

 private:
  static int signal_number() { return SIGRTMIN; }

  static void install_handler() {
    static const bool installed = [] {
      struct sigaction action {};
      action.sa_handler = [](int) {};
      return ::sigaction(signal_number(), &action, nullptr) == 0;  // without SA_RESTART
    }();
    if (!installed) {
      throw_errno("sigaction");
    }
  }

  static void unblock_signal() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, signal_number());
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  }

  timer_t m_timer{};
};

}  // namespace

bool try_take(int file, off_t byte, Kind kind) {
  struct flock lock = range(kind, byte);
  if (::fcntl(file, F_OFD_SETLK, &lock) == 0) {
    return true;
  }
  if (errno != EAGAIN && errno != EACCES) {
    throw_errno("cannot lock the file of the write turn");
  }
  return false;
}

bool take_until(int file, off_t byte, Kind kind, SteadyTime deadline) {
  struct flock lock = range(kind, byte);
  const WaitAlarm alarm(deadline);
  while (::fcntl(file, F_OFD_SETLKW, &lock) != 0) {
    if (errno != EINTR) {
      throw_errno("cannot wait for the write turn");
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return false;
    }
  }
  return true;
}

bool is_held_by_another(int file, off_t byte) {
  struct flock lock = range(Kind::EXCLUSIVE, byte);
  if (::fcntl(file, F_OFD_GETLK, &lock) != 0) {
    throw_errno("cannot look at the locks of the file of the write turn");
  }
  return lock.l_type != F_UNLCK;
}

void release(int file, off_t byte) noexcept {
  struct flock lock = range(F_UNLCK, byte);
  ::fcntl(file, F_OFD_SETLK, &lock);
}

}  // namespace payhook::file_lock
