#include "store/write_turn.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <system_error>

namespace payhook {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// Who wants the turn holds the place in the queue (byte 0) only until it has the turn (byte 1). So
// one that has just had its turn and wants it again queues up behind the one that waits.
constexpr off_t k_place = 0;
constexpr off_t k_turn = 1;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct flock range(short type, off_t byte) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

void release(int file, off_t byte) noexcept {
  struct flock lock = range(F_UNLCK, byte);
  ::fcntl(file, F_OFD_SETLK, &lock);
}

/// The place in the queue, given up when it goes out of scope.
class Place {
 public:
  explicit Place(int file) noexcept : m_file(file) {}
  ~Place() { release(m_file, k_place); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  int m_file;
};

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
      fail("timer_create");
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
      fail("sigaction");
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

bool take_now(int file, off_t byte) {
  struct flock lock = range(F_WRLCK, byte);
  if (::fcntl(file, F_OFD_SETLK, &lock) == 0) {
    return true;
  }
  if (errno != EAGAIN && errno != EACCES) {
    fail("cannot lock the write turn");
  }
  return false;
}

bool wait_for(int file, off_t byte, SteadyTime deadline) {
  struct flock lock = range(F_WRLCK, byte);
  const WaitAlarm alarm(deadline);
  while (::fcntl(file, F_OFD_SETLKW, &lock) != 0) {
    if (errno != EINTR) {
      fail("cannot wait for the write turn");
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return false;
    }
  }
  return true;
}

}  // namespace

WriteTurn::WriteTurn(const std::filesystem::path& file)
    : m_file(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660)) {
  if (!m_file) {
    fail("cannot open " + file.string());
  }
}

bool WriteTurn::try_lock_until(SteadyTime deadline) {
  m_had_to_wait = false;
  if (!take(k_place, deadline)) {
    return false;
  }
  const Place place(m_file.get());
  return take(k_turn, deadline);
}

bool WriteTurn::take(off_t byte, SteadyTime deadline) {
  if (take_now(m_file.get(), byte)) {
    return true;
  }
  m_had_to_wait = true;
  return wait_for(m_file.get(), byte, deadline);
}

void WriteTurn::unlock() noexcept { release(m_file.get(), k_turn); }

}  // namespace payhook
