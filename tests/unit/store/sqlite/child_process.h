#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <system_error>
#include <vector>

#include "core/unique_fd.h"

namespace payhook::test {

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      throw std::system_error(errno, std::generic_category(), "pipe2");
    }
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }

  UniqueFd reading;
  UniqueFd writing;
};

/// All that can be read until the end.
inline std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t size = 0; (size = ::read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(size));
  }
  return text;
}

/// Runs `work` in a forked child and returns what it returns, or what it threw, or how it died: for
/// what would otherwise change this process (its user, its limits). Fork before any database is
/// open. Boost.Test's checks belong into the parent.
inline std::string in_child(const std::function<std::string()>& work) {
  Pipe result;
  const pid_t child = ::fork();
  if (child == 0) {
    std::string text;
    try {
      text = work();
    } catch (const std::exception& e) {
      text = std::string("threw: ") + e.what();
    }
    const ssize_t written = ::write(result.writing.get(), text.data(), text.size());
    ::_exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  result.writing.reset();
  std::string text = read_all(result.reading.get());
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? text : "died with status " + std::to_string(status);
}

/// The tests' helper program (store_helper.cpp), running.
class HelperProcess {
 public:
  explicit HelperProcess(std::vector<std::string> arguments)
      : HelperProcess(STORE_HELPER, std::move(arguments)) {}

  HelperProcess(const std::string& program, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (auto& argument : arguments) {
      argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    Pipe input;
    Pipe output;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input.reading.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output.writing.get(), STDOUT_FILENO);
    const int error =
        ::posix_spawnp(&m_pid, program.c_str(), &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
      throw std::system_error(error, std::generic_category(), "cannot start " + program);
    }
    m_input = std::move(input.writing);
    m_output = std::move(output.reading);
  }

  ~HelperProcess() {
    if (m_pid > 0) {
      send(SIGKILL);
      wait();
    }
  }
  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;

  /// The next line that it wrote, waited for; empty when there are no more.
  std::string line() const {
    std::string text;
    for (char c = 0; ::read(m_output.get(), &c, 1) == 1 && c != '\n';) {
      text += c;
    }
    return text;
  }

  /// All that it has still to say.
  std::string rest() const { return read_all(m_output.get()); }

  /// Lets it go on: it waits for the end of its input.
  void proceed() { m_input.reset(); }

  void send(int signal) const { ::kill(m_pid, signal); }

  /// Waits until a SIGSTOP has stopped it.
  bool wait_until_stopped() const {
    int status = 0;
    return ::waitpid(m_pid, &status, WUNTRACED) == m_pid && WIFSTOPPED(status);
  }

  /// Waits for its end. Returns the exit status, or -1 when a signal ended it.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(m_pid, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t m_pid = -1;
  UniqueFd m_input;
  UniqueFd m_output;
};

}  // namespace payhook::test
