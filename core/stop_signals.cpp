#include "core/stop_signals.h"

#include <poll.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace payhook {

StopSignals::StopSignals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  m_signals.reset(::signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!m_signals) {
    throw std::system_error(errno, std::generic_category(), "signalfd");
  }
}

void StopSignals::wait() const noexcept {
  pollfd stop{fd(), POLLIN, 0};
  while (::poll(&stop, 1, -1) < 0 && errno == EINTR) {
  }
}

void StopSignals::request_stop() noexcept { ::kill(::getpid(), SIGTERM); }

}  // namespace payhook
