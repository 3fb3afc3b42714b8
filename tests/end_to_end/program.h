#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/unique_fd.h"

namespace payhook::test {

/// Asks `condition` again and again until it holds or `patience` is over; returns whether it held.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds patience = std::chrono::seconds{30});

/// What a program is started with. Descriptors 3 and up are closed in it, but for `listen_fd`.
struct CommandLine {
  std::vector<std::string> arguments;    ///< the program's path first
  std::vector<std::string> environment;  ///< NAME=value, all there is
  int input = -1;                        ///< its standard input; -1: /dev/null
  int listen_fd = -1;                    ///< becomes descriptor 3, announced by LISTEN_FDS
  int signal_on_orphaning = SIGKILL;     ///< what it gets when the test dies
};

/// A child process in a process group of its own, killed with all its group when this object goes,
/// or when the test process dies. Start it from a thread that outlives it: the kernel takes that
/// thread's end for the parent's.
class Program {
 public:
  Program() = default;

  /// Starts the program; its standard output and error are appended to two files. Throws
  /// std::system_error.
  Program(const CommandLine& command, const std::filesystem::path& output,
          const std::filesystem::path& errors);
  ~Program();
  Program(Program&& other) noexcept;
  Program& operator=(Program&& other) noexcept;

  bool is_running();
  pid_t pid() const noexcept { return m_pid; }

  /// Sends a signal to the program alone; nothing where it has ended.
  void signal(int number) const noexcept;

  /// Returns once the kernel says that the program stands still, after SIGSTOP.
  bool wait_until_stopped() const;

  /// How it ended: its exit status, or minus the signal that killed it. Empty when it still runs
  /// after `patience`.
  std::optional<int> wait(std::chrono::milliseconds patience = std::chrono::seconds{30});

  /// SIGKILLs the whole process group and waits.
  void kill() noexcept;

 private:
  pid_t m_pid = -1;
  std::optional<int> m_status;
};

/// How many sockets a program has open.
std::ptrdiff_t sockets_of(const Program& program);

/// The most memory that a program has had at one time, in KiB.
std::size_t peak_memory_kib(const Program& program);

/// Runs a program to its end: its exit status and what it wrote.
struct Outcome {
  std::optional<int> status;  ///< as of Program::wait()
  std::string output;
  std::string errors;
};
Outcome run(const CommandLine& command, const std::string& input = "",
            std::chrono::milliseconds patience = std::chrono::seconds{30});

/// The file's bytes; "" when it cannot be read.
std::string contents(const std::filesystem::path& file);

}  // namespace payhook::test
