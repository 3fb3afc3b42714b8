#include "daemon/handlers/spawn.h"

#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <system_error>

#include "daemon/handlers/pipe.h"

namespace payhook {

namespace {

/// As execve() wants them.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  std::transform(texts.begin(), texts.end(), std::back_inserter(pointers),
                 [](std::string& text) { return text.data(); });
  pointers.push_back(nullptr);
  return pointers;
}

/// All that the child does. It has the parent's memory, which waits for it: it must not change
/// anything of that, nor allocate, and it must not return. What keeps it from the program goes to
/// `failure`, as an errno.
[[noreturn]] void become(char* const* command, char* const* environment, int input, int output,
                         int failure, pid_t parent) {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) {
    ::sigaction(signal, &by_default, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  if (::setpgid(0, 0) == 0 && ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent &&
      ::dup2(input, STDIN_FILENO) >= 0 && ::dup2(output, STDOUT_FILENO) >= 0 &&
      ::dup2(output, STDERR_FILENO) >= 0 && ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0 &&
      ::chdir("/") == 0 && ::pthread_sigmask(SIG_SETMASK, &none, nullptr) == 0) {
    ::execve(command[0], command, environment);
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(failure, &error, sizeof error);
  ::_exit(127);
}

/// What came from become(), or 0 where the program runs.
int error_from(int failure) noexcept {
  int error = 0;
  while (::read(failure, &error, sizeof error) < 0 && errno == EINTR) {
  }
  return error;
}

/// While it exists, no signal is handled in this thread, and so none in a child with its memory.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &m_before);
  }
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t m_before{};
};

}  // namespace

/// posix_spawn() cannot have the child killed with its parent, and fork() copies tables that grow
/// with this process.
pid_t spawn(const SpawnedProgram& program) {
  std::vector<std::string> command = program.command;
  std::vector<std::string> environment = program.environment;
  const std::vector<char*> arguments = pointers_to(command);
  const std::vector<char*> variables = pointers_to(environment);
  const pid_t parent = ::getpid();
  Pipe failure = new_pipe();
  pid_t child = -1;
  {
    const AllSignalsBlocked blocked;
    // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork): see become().
    child = ::vfork();
    if (child == 0) {
      // NOLINTNEXTLINE(clang-analyzer-unix.Vfork): it does what is allowed.
      become(arguments.data(), variables.data(), program.input, program.output,
             failure.writing.get(), parent);
    }
  }
  int error = child < 0 ? errno : 0;
  failure.writing.reset();
  if (child > 0 && (error = error_from(failure.reading.get())) != 0) {
    ::waitpid(child, nullptr, 0);
  }
  if (error != 0) {
    throw std::system_error(error, std::generic_category(), "cannot start " + command.front());
  }
  return child;
}

}  // namespace payhook
