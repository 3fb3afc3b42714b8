#include "daemon/backoff.h"

#include <algorithm>

namespace payhook {

namespace {

constexpr int k_factor = 4;

}  // namespace

std::chrono::milliseconds retry_delay(const RetryConfig& retry, std::int64_t attempt,
                                      double chance) {
  std::chrono::milliseconds delay = retry.first;
  for (std::int64_t i = 1; i < attempt && delay < retry.longest; ++i) {
    delay *= k_factor;
  }
  delay = std::min<std::chrono::milliseconds>(delay, retry.longest);
  return delay * 4 / 5 + std::chrono::floor<std::chrono::milliseconds>(delay * 2 / 5 * chance);
}

}  // namespace payhook
