#pragma once

#include "core/timestamp.h"
#include "core/unique_fd.h"

namespace payhook {

/// Sleeps until a time of day. When the machine's clock is set meanwhile, the sleep ends at once,
/// so that the time can be worked out anew.
class WakeTimer {
 public:
  /// Throws std::system_error.
  WakeTimer();

  enum class Woken { TIMER, STOPPED };

  /// Sleeps until `time`, until the clock is set, or until `stop_fd` is readable.
  Woken sleep_until(Timestamp time, int stop_fd);

 private:
  UniqueFd m_timer;
};

/// Whether something can be read from `fd` now.
bool is_readable(int fd) noexcept;

}  // namespace payhook
