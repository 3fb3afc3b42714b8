#include "ctl/interruption.h"

#include <ctime>

#include "core/system_error.h"

namespace payhook {

namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a signal handler sets it.
volatile std::sig_atomic_t g_has_come = 0;

void note(int /*signal*/) { g_has_come = 1; }

void catch_signal(int signal, struct sigaction& former) {
  struct sigaction action {};
  action.sa_handler = note;  // without SA_RESTART
  if (::sigaction(signal, &action, &former) != 0) {
    throw_errno("sigaction");
  }
}

}  // namespace

Interruption::Interruption() {
  g_has_come = 0;
  catch_signal(SIGINT, m_on_int);
  catch_signal(SIGTERM, m_on_term);
  catch_signal(SIGHUP, m_on_hup);
}

Interruption::~Interruption() {
  ::sigaction(SIGINT, &m_on_int, nullptr);
  ::sigaction(SIGTERM, &m_on_term, nullptr);
  ::sigaction(SIGHUP, &m_on_hup, nullptr);
}

bool Interruption::has_come() const noexcept { return g_has_come != 0; }

bool Interruption::wait(std::chrono::nanoseconds time) const noexcept {
  if (time.count() > 0 && !has_come()) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const timespec rest{seconds.count(), (time - seconds).count()};
    ::nanosleep(&rest, nullptr);
  }
  return !has_come();
}

}  // namespace payhook
