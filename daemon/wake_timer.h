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

  enum class Woken { TIMER, INTERRUPTED };

  /// Sleeps until `time`, until the clock is set, or until `interrupt_fd` is readable.
  Woken sleep_until(Timestamp time, int interrupt_fd);

 private:
  UniqueFd m_timer;
};

}  // namespace payhook
