#pragma once

#include <array>
#include <chrono>
#include <csignal>

namespace payhook {

/// While it exists, being told to stop (by Ctrl-C or Ctrl-\, or a terminal that is closed) does not
/// end the program, but a call that waits, with EINTR: whoever has begun something can end it well.
/// One at a time, and for one thread.
class Interruption {
 public:
  /// Throws std::system_error.
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool has_come() const noexcept;

  /// Waits so long, or until it has come. Returns whether it has not.
  bool wait(std::chrono::nanoseconds time) const noexcept;

 private:
  static constexpr std::array k_signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
  std::array<struct sigaction, k_signals.size()> m_former{};
};

}  // namespace payhook
