#pragma once

#include <chrono>
#include <cstdint>

#include "service/config/handler_config.h"

namespace payhook {

/// How long after an attempt that did not succeed the next one comes: four times as long as after
/// the one before, up to a bound, and from four to six fifths of that, so that many that failed
/// together do not come again together. `attempt` counts from 1; `chance` is from 0 to 1.
/// Thread-safe.
std::chrono::milliseconds retry_delay(const RetryConfig& retry, std::int64_t attempt,
                                      double chance);

}  // namespace payhook
