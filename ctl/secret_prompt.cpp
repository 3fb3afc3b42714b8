#include "ctl/secret_prompt.h"

#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "core/program_error.h"
#include "core/system_error.h"
#include "ctl/input.h"
#include "ctl/interruption.h"

namespace payhook {

namespace {

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): a signal handler needs them.
termios g_former{};
termios g_silent{};
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

struct sigaction on_stop();

/// Ctrl-Z: whoever has the terminal meanwhile sees what he types.
void stop(int signal) {
  const int error = errno;
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &g_former);
  ::raise(signal);
  const struct sigaction again = on_stop();
  ::sigaction(signal, &again, nullptr);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &g_silent);  // in the background, it waits until it is not
  errno = error;
}

struct sigaction on_stop() {
  struct sigaction action {};
  action.sa_handler = stop;
  // In the handler the signal does what it does by default.
  action.sa_flags = static_cast<int>(SA_RESTART | SA_NODEFER | SA_RESETHAND);
  return action;
}

/// While it exists, the terminal does not show what is typed. One at a time.
class Unechoed {
 public:
  Unechoed() {
    if (::tcgetattr(STDIN_FILENO, &g_former) != 0) {
      throw_errno("tcgetattr");
    }
    g_silent = g_former;
    g_silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    const struct sigaction action = on_stop();
    if (::sigaction(SIGTSTP, &action, &m_on_stop) != 0) {
      throw_errno("sigaction");
    }
    if (::tcsetattr(STDIN_FILENO, TCSAFLUSH, &g_silent) != 0) {
      throw_errno("tcsetattr");
    }
  }
  ~Unechoed() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &g_former);
    ::sigaction(SIGTSTP, &m_on_stop, nullptr);
    std::fputc('\n', stderr);
  }
  Unechoed(const Unechoed&) = delete;
  Unechoed& operator=(const Unechoed&) = delete;

 private:
  struct sigaction m_on_stop {};
};

/// With its line break; nothing at the end, or when it is interrupted.
std::string read_line() {
  std::string line;
  std::array<char, 4096> some{};
  while (!line.ends_with('\n')) {
    const ssize_t count = ::read(STDIN_FILENO, some.data(), some.size());
    if (count < 0 && errno != EINTR) {
      throw_errno("cannot read the secret");
    }
    if (count <= 0) {
      return "";
    }
    line.append(some.data(), static_cast<std::size_t>(count));
  }
  return line;
}

std::string read_from_terminal(const std::string& question) {
  const Interruption interruption;  // so that the terminal shows again what is typed
  std::fputs(question.c_str(), stderr);
  std::fflush(stderr);
  const Unechoed unechoed;
  std::string secret = read_line();
  if (secret.starts_with("-----BEGIN ")) {
    for (std::string line = secret; !line.empty() && line.find("-----END ") == line.npos;) {
      line = read_line();
      secret += line;
    }
  }
  return interruption.has_come() ? "" : secret;
}

}  // namespace

std::string ask_for_secret(const std::string& question) {
  std::string secret = ::isatty(STDIN_FILENO) == 1 ? read_from_terminal(question) : read_input("-");
  if (secret.find_first_not_of("\r\n") == secret.npos) {
    throw ProgramError(EX_NOINPUT, "no secret was given: nothing has been changed");
  }
  return secret;
}

}  // namespace payhook
