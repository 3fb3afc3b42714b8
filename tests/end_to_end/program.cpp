#include "tests/end_to_end/program.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "tests/support/temporary_directory.h"

namespace payhook::test {

namespace {

constexpr std::chrono::milliseconds k_poll_interval{5};
constexpr int k_first_listen_fd = 3;
constexpr int k_cannot_execute = 127;

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

UniqueFd open_for_appending(const std::filesystem::path& file) {
  UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd) {
    throw std::system_error(errno, std::generic_category(), "open " + file.string());
  }
  return fd;
}

/// The child's side of fork(): system calls only, since other threads may have held any lock.
struct Child {
  const CommandLine& command;
  int output;
  int errors;
  pid_t parent;
  char* const* arguments;
  char** environment;
  char* listen_pid;  // the digits of LISTEN_PID, or null

  [[noreturn]] void execute() const {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, command.signal_on_orphaning);
    if (::getppid() != parent) {
      ::_exit(k_cannot_execute);
    }
    arrange_descriptors();
    write_listen_pid();
    ::execve(arguments[0], arguments, environment);
    ::_exit(k_cannot_execute);
  }

  void arrange_descriptors() const {
    const int input =
        command.input >= 0 ? command.input : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    // Out of the way of the numbers 0 to 3 first.
    const int input_copy = ::fcntl(input, F_DUPFD_CLOEXEC, 10);
    const int output_copy = ::fcntl(output, F_DUPFD_CLOEXEC, 10);
    const int errors_copy = ::fcntl(errors, F_DUPFD_CLOEXEC, 10);
    if (command.listen_fd >= 0) {
      ::dup2(::fcntl(command.listen_fd, F_DUPFD_CLOEXEC, 10), k_first_listen_fd);
    }
    ::dup2(input_copy, STDIN_FILENO);
    ::dup2(output_copy, STDOUT_FILENO);
    ::dup2(errors_copy, STDERR_FILENO);
  }

  /// LISTEN_PID is known only here.
  void write_listen_pid() const {
    if (listen_pid == nullptr) {
      return;
    }
    std::array<char, 16> digits{};
    std::size_t count = 0;
    for (pid_t rest = ::getpid(); rest > 0; rest /= 10) {
      digits[count++] = static_cast<char>('0' + rest % 10);
    }
    for (std::size_t i = 0; i < count; ++i) {
      listen_pid[i] = digits[count - 1 - i];
    }
    listen_pid[count] = '\0';
  }
};

}  // namespace

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) {
      return condition();
    }
    std::this_thread::sleep_for(k_poll_interval);
  }
  return true;
}

Program::Program(const CommandLine& command, const std::filesystem::path& output,
                 const std::filesystem::path& errors) {
  constexpr std::string_view k_listen_pid = "LISTEN_PID=";
  const UniqueFd output_fd = open_for_appending(output);
  const UniqueFd errors_fd = open_for_appending(errors);
  std::vector<std::string> argument_texts = command.arguments;
  std::vector<std::string> environment_texts = command.environment;
  if (command.listen_fd >= 0) {
    environment_texts.emplace_back("LISTEN_FDS=1");
    environment_texts.push_back(std::string(k_listen_pid) + "0000000000000000");
  }
  const std::vector<char*> arguments = pointers_to(argument_texts);
  std::vector<char*> environment = pointers_to(environment_texts);
  char* const listen_pid =
      command.listen_fd >= 0 ? environment_texts.back().data() + k_listen_pid.size() : nullptr;
  const Child child{command,          output_fd.get(),    errors_fd.get(), ::getpid(),
                    arguments.data(), environment.data(), listen_pid};
  m_pid = ::fork();
  if (m_pid < 0) {
    throw std::system_error(errno, std::generic_category(), "fork");
  }
  if (m_pid == 0) {
    child.execute();
  }
  // Also here, so that kill() finds the group however early it comes.
  ::setpgid(m_pid, m_pid);
}

Program::~Program() { kill(); }

Program::Program(Program&& other) noexcept
    : m_pid(std::exchange(other.m_pid, -1)), m_status(other.m_status) {}

Program& Program::operator=(Program&& other) noexcept {
  if (this != &other) {
    kill();
    m_pid = std::exchange(other.m_pid, -1);
    m_status = other.m_status;
  }
  return *this;
}

bool Program::is_running() { return m_pid > 0 && !wait(std::chrono::milliseconds{0}); }

void Program::signal(int number) const noexcept {
  if (m_pid > 0 && !m_status) {
    ::kill(m_pid, number);
  }
}

bool Program::wait_until_stopped() const {
  const std::string status_file = "/proc/" + std::to_string(m_pid) + "/status";
  return eventually([&] { return contents(status_file).find("\nState:\tT") != std::string::npos; });
}

std::optional<int> Program::wait(std::chrono::milliseconds patience) {
  if (m_pid > 0 && !m_status) {
    int status = 0;
    if (eventually([&] { return ::waitpid(m_pid, &status, WNOHANG) == m_pid; }, patience)) {
      m_status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
  }
  return m_status;
}

void Program::kill() noexcept {
  if (m_pid > 0) {
    if (!m_status) {
      ::kill(-m_pid, SIGKILL);
      int status = 0;
      while (::waitpid(m_pid, &status, 0) < 0 && errno == EINTR) {
      }
      m_status = -SIGKILL;
    }
    m_pid = -1;
  }
}

std::ptrdiff_t sockets_of(const Program& program) {
  const std::filesystem::directory_iterator descriptors("/proc/" + std::to_string(program.pid()) +
                                                        "/fd");
  return std::count_if(begin(descriptors), end(descriptors), [](const auto& descriptor) {
    std::error_code ignored;  // it may be closed meanwhile
    return std::filesystem::read_symlink(descriptor, ignored).string().starts_with("socket:");
  });
}

std::size_t peak_memory_kib(const Program& program) {
  constexpr std::string_view k_name = "VmHWM:";
  const std::string status = contents("/proc/" + std::to_string(program.pid()) + "/status");
  return std::stoul(status.substr(status.find(k_name) + k_name.size()));
}

Outcome run(const CommandLine& command, const std::string& input,
            std::chrono::milliseconds patience) {
  const TemporaryDirectory directory;
  const auto file = [&](const char* name) { return directory.path() / name; };
  CommandLine with_input = command;
  UniqueFd input_fd;
  if (with_input.input < 0) {
    std::ofstream(file("in"), std::ios::binary) << input;
    input_fd.reset(::open(file("in").c_str(), O_RDONLY | O_CLOEXEC));
    with_input.input = input_fd.get();
  }
  Program program(with_input, file("out"), file("err"));
  const std::optional<int> status = program.wait(patience);
  return {status, contents(file("out")), contents(file("err"))};
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace payhook::test
