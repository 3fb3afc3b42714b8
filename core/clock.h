#pragma once

#include "core/timestamp.h"

namespace payhook {

/// Where the programs take the time of day from, so that tests can set it.
/// Implementations may be used from several threads at once.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  /// The current time in UTC. It may jump in both directions when the machine's clock is set.
  virtual Timestamp now() const noexcept = 0;
};

/// The machine's real-time clock.
class SystemClock final : public Clock {
 public:
  Timestamp now() const noexcept override;
};

}  // namespace payhook
