#pragma once

#include "core/unique_fd.h"

namespace payhook {

/// Takes SIGTERM and SIGINT out of asynchronous delivery: they are read from a descriptor instead.
/// Construct it before the program's first thread, so that every thread inherits the blocked
/// signals. SIGPIPE ends nothing either: a write to a peer that has gone returns EPIPE.
class StopSignals {
 public:
  /// Throws std::system_error.
  StopSignals();

  /// Readable once a stop was asked for. For poll(2).
  int fd() const noexcept { return m_signals.get(); }

  /// Blocks until a stop is asked for.
  void wait() const noexcept;

  /// Asks this process to stop, as SIGTERM does. Any thread may call it.
  static void request_stop() noexcept;

 private:
  UniqueFd m_signals;
};

}  // namespace payhook
