#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "core/unique_fd.h"
#include "service/program.h"

namespace payhook {

/// The main thread of a program whose work is done by other threads: takes the signals, reads the
/// configuration again on SIGHUP, and keeps the service manager informed, until SIGTERM or SIGINT.
///
/// Construct it before the program's first thread, so that every thread inherits the blocked
/// signals. SIGPIPE ends nothing either: a write to a peer that has gone returns EPIPE.
class Supervisor {
 public:
  /// What there is to supervise. All are called from run()'s thread.
  struct Work {
    /// Goes on with another configuration.
    std::function<void(const Config&)> reconfigure;
    /// Whether the threads that must never be kept waiting are alive. A slow disk is no reason for
    /// false: the service manager ends a program that is not alive.
    std::function<bool()> is_alive;
    /// One line for people: how much is done, how much is waiting.
    std::function<std::string()> status;
  };

  /// `invocation` must outlive it. Throws std::system_error.
  explicit Supervisor(const Invocation& invocation);

  /// Says that the program is ready, and returns once it is to stop.
  void run(const Work& work);

  /// The same for a program that cannot get ready, and does not say so. Returns whether it is to
  /// stop: false when `duration` is over first.
  bool run_unready(const Work& work, std::chrono::milliseconds duration);

  /// Asks this process to stop, as SIGTERM does. Any thread may call it.
  static void request_stop() noexcept;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  bool supervise(const Work& work, SteadyTime end) const;
  bool take_signals(const Work& work) const;
  void reload(const Work& work) const;

  const Invocation& m_invocation;
  UniqueFd m_signals;
  bool m_ready = false;
};

}  // namespace payhook
