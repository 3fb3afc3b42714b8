#include "ctl/secret_prompt.h"

#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "core/program_error.h"
#include "core/system_error.h"
#include "ctl/input.h"
#include "ctl/interruption.h"

namespace payhook {

namespace {

/// While it exists, the terminal does not show what is typed.
class Unechoed {
 public:
  Unechoed() {
    if (::tcgetattr(STDIN_FILENO, &m_former) != 0) {
      throw_errno("tcgetattr");
    }
    termios silent = m_former;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0) {
      throw_errno("tcsetattr");
    }
  }
  ~Unechoed() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &m_former);
    std::fputc('\n', stderr);
  }
  Unechoed(const Unechoed&) = delete;
  Unechoed& operator=(const Unechoed&) = delete;

 private:
  termios m_former{};
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
