#pragma once

#include <atomic>

#include "core/clock.h"

namespace payhook::test {

/// A clock that stands still until it is set. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Timestamp now = parse_timestamp("2025-11-08T14:30:00.000Z")) : m_now(now) {}

  Timestamp now() const noexcept override { return m_now; }

  void set(Timestamp now) noexcept { m_now = now; }
  void advance(std::chrono::milliseconds by) noexcept { m_now = m_now.load() + by; }

 private:
  std::atomic<Timestamp> m_now;
};

}  // namespace payhook::test
