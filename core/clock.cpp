#include "core/clock.h"

namespace payhook {

Timestamp SystemClock::now() const noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace payhook
