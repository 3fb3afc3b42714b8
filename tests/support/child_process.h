#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "core/program_error.h"

namespace payhook::test {

/// Runs `act` in a process of its own and returns its exit status, which is that of a ProgramError
/// where it throws one; -1 when the process did not exit by itself.
inline int exit_status_of_child(const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // Boost.Test's handler would go on with the next test
    int status = 99;
    try {
      status = act();
    } catch (const ProgramError& e) {
      status = e.exit_status();
    } catch (...) {
    }
    ::_exit(status);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace payhook::test
