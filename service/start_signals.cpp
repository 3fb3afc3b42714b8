#include "service/start_signals.h"

#include <sysexits.h>
#include <unistd.h>

#include <initializer_list>

#include "core/log.h"

namespace payhook::start_signals {

namespace {

const log::PreparedLine& farewell() {
  static const log::PreparedLine line(log::Event::STOPPED, "stopped before it was ready");
  return line;
}

sigset_t set_of(std::initializer_list<int> numbers) noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers) {
    sigaddset(&set, number);
  }
  return set;
}

void act(int number, void (*handler)(int)) noexcept {
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigaction(number, &action, nullptr);
}

void let_through(const sigset_t& set) noexcept { ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr); }

}  // namespace

// What a start has done by then, a killed one might have done too.
extern "C" void payhook_end_start(int /*number*/) {
  farewell().write();
  ::_exit(EX_OK);
}

sigset_t all() noexcept { return set_of({SIGTERM, SIGINT, SIGHUP}); }

void hold() noexcept {
  const sigset_t set = all();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void end_the_program() noexcept {
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    act(number, SIG_DFL);
  }
  let_through(all());
}

void end_the_start() {
  farewell();  // made before a signal needs it
  for (const int number : {SIGTERM, SIGINT}) {
    act(number, payhook_end_start);
  }
  let_through(set_of({SIGTERM, SIGINT}));
}

}  // namespace payhook::start_signals
