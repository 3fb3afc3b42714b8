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
  for (std::size_t i = 0; i < k_signals.size(); ++i) {
    catch_signal(k_signals.at(i), m_former.at(i));
  }
}

Interruption::~Interruption() {
  for (std::size_t i = 0; i < k_signals.size(); ++i) {
    ::sigaction(k_signals.at(i), &m_former.at(i), nullptr);
  }
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
