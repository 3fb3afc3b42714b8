#include "core/rate_limit.h"

#include <utility>

namespace payhook {

bool RateLimit::admit(Time now) noexcept {
  if (now >= m_window_end) {
    m_window_end = now + k_window;
    m_admitted = 0;
  }
  if (m_admitted == k_lines) {
    ++m_counted;
    return false;
  }
  ++m_admitted;
  return true;
}

std::uint64_t RateLimit::take_count(Time now) noexcept {
  return now >= m_window_end ? std::exchange(m_counted, 0) : 0;
}

}  // namespace payhook
