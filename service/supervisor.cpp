#include "service/supervisor.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>

#include "core/log.h"
#include "core/system_error.h"
#include "service/service_manager.h"
#include "service/start_signals.h"

namespace payhook {

namespace {

using SteadyClock = std::chrono::steady_clock;

// How old a status may be. It is also how often the program tells that it is alive, unless that is
// wanted more often.
constexpr std::chrono::milliseconds k_tick{10'000};

constexpr auto k_never = SteadyClock::time_point::max();

std::chrono::milliseconds tick() {
  const auto interval = service_manager::watchdog_interval();
  return interval ? std::min(k_tick, std::chrono::floor<std::chrono::milliseconds>(*interval / 3))
                  : k_tick;
}

void inform(const Supervisor::Work& work) {
  log::write_counts();
  service_manager::tell_status(work.status());
  if (work.is_alive()) {
    service_manager::tell_alive();
  }
}

/// Waits until `fd` is readable or `until` is over.
bool wait_for(int fd, SteadyClock::time_point until) {
  pollfd wait{fd, POLLIN, 0};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
  const auto timeout = std::max<std::chrono::milliseconds::rep>(left.count(), 0);
  return ::poll(&wait, 1, until == k_never ? -1 : static_cast<int>(timeout)) > 0;
}

}  // namespace

Supervisor::Supervisor(const Invocation& invocation) : m_invocation(invocation) {
  start_signals::hold();
  ::signal(SIGPIPE, SIG_IGN);
  const sigset_t taken = start_signals::all();
  m_signals.reset(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!m_signals) {
    throw_errno("signalfd");
  }
}

void Supervisor::run(const Work& work) {
  m_ready = true;
  service_manager::tell_ready();
  supervise(work, k_never);
  service_manager::tell_stopping();
}

bool Supervisor::run_unready(const Work& work, std::chrono::milliseconds duration) {
  return supervise(work, SteadyClock::now() + duration);
}

/// Returns whether the program is to stop: false at the `end`.
bool Supervisor::supervise(const Work& work, SteadyTime end) const {
  const auto interval = tick();
  // Where nobody wants to be informed, an idle program sleeps.
  auto next = service_manager::is_listening() ? SteadyClock::now() : k_never;
  for (;;) {
    if (wait_for(m_signals.get(), std::min(next, end))) {
      if (!take_signals(work)) {
        return true;
      }
    } else if (SteadyClock::now() >= end) {
      return false;
    } else if (SteadyClock::now() >= next) {
      inform(work);
      next = SteadyClock::now() + interval;
    }
  }
}

/// Returns whether the program goes on.
bool Supervisor::take_signals(const Work& work) const {
  signalfd_siginfo signal{};
  while (::read(m_signals.get(), &signal, sizeof signal) == sizeof signal) {
    if (signal.ssi_signo != SIGHUP) {
      return false;
    }
    reload(work);
  }
  return true;
}

void Supervisor::reload(const Work& work) const {
  if (m_ready) {
    service_manager::tell_reloading();
  }
  try {
    const Config config = m_invocation.read_config();
    work.reconfigure(config);
    log::set_transaction_ids(config.log.transaction_ids);
    const Config& started_with = m_invocation.config;
    const bool restart_needed = config.database != started_with.database ||
                                config.responder.listen != started_with.responder.listen;
    log::report(log::Event::RELOADED, "the configuration was read again{}",
                restart_needed ? "; restart for the changed database or responder.listen" : "");
  } catch (const std::exception& e) {
    log::report(log::Event::RELOAD_REFUSED, "the configuration stays as it was: {}", e.what());
  }
  if (m_ready) {
    service_manager::tell_ready();
  }
}

void Supervisor::request_stop() noexcept { ::kill(::getpid(), SIGTERM); }

}  // namespace payhook
