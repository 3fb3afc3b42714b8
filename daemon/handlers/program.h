#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/unique_fd.h"
#include "daemon/handlers/handlers.h"
#include "daemon/handlers/output_tail.h"

namespace payhook {

/// One run of an exec handler: a process group, which reads the delivery from its standard input.
/// It is over when its first process is; what is left of the group is killed then. For one thread.
class Program {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Its exit status when another attempt may succeed, EX_TEMPFAIL, and when none will, EX_DATAERR.
  /// Any other than these and 0 is as the first.
  static constexpr int k_try_again = 75;
  static constexpr int k_give_up = 65;

  /// How long it has from SIGTERM, which ends its time, to SIGKILL.
  static constexpr std::chrono::seconds k_from_term_to_kill{5};

  /// Starts it. Its time ends at `now` plus its timeout. `delivery` has an exec handler. Throws
  /// std::system_error when it cannot be started.
  Program(const Delivery& delivery, Time now);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Has `epoll` tell of what happens to it, with this object's address. Throws std::system_error.
  void watch(int epoll);

  /// Does what has become possible, without waiting. Returns the result once it has ended. Throws
  /// std::system_error where the kernel fails.
  std::optional<AttemptResult> advance(Time now);

  /// When advance() is to be called next even if nothing has happened.
  Time wake_at() const noexcept { return m_deadline; }

  /// Kills it: its result is INTERRUPTED.
  void interrupt() noexcept;

 private:
  void watch(int epoll, const UniqueFd& fd, std::uint32_t events);
  bool has_ended() const;
  void write_input();
  void read_output();
  void keep_time(Time now) noexcept;
  void signal_group(int signal) const noexcept;
  AttemptResult result();
  AttemptResult result_of_exit(int status) const;

  const Claim m_claim;
  const std::chrono::seconds m_timeout;
  std::string m_input;
  std::size_t m_written = 0;
  OutputTail m_output;
  UniqueFd m_stdin;
  UniqueFd m_stdout;  // and its standard error
  UniqueFd m_process;
  pid_t m_pid = -1;
  Time m_deadline;
  bool m_is_late = false;
  bool m_is_interrupted = false;
};

}  // namespace payhook
