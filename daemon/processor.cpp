#include "daemon/processor.h"

#include <algorithm>

#include "core/log.h"

namespace payhook {

namespace {

// A few milliseconds' work: a webhook that arrives meanwhile waits no longer.
constexpr std::size_t k_rows_at_once = 256;

// For the turn to write. Short, since a stop is noticed only between two transactions.
constexpr std::chrono::milliseconds k_patience{500};

constexpr std::chrono::seconds k_retry_after{1};
constexpr std::chrono::seconds k_longest_idle_sleep{30};
constexpr std::chrono::seconds k_shortest_idle_sleep{1};

Deadline soon() { return std::chrono::steady_clock::now() + k_patience; }

}  // namespace

Processor::Processor(std::unique_ptr<ProcessingQueue> queue, const Clock& clock,
                     std::chrono::seconds delay, std::function<bool()> stop_requested)
    : m_queue(std::move(queue)),
      m_clock(clock),
      m_delay(delay),
      m_stop_requested(std::move(stop_requested)) {}

Timestamp Processor::process_due() {
  try {
    process_all_due();
    return next_due();
  } catch (const StoreUnavailable& e) {
    log::warning("processing stands still: {}", e.what());
    return m_clock.now() + k_retry_after;
  }
}

void Processor::process_all_due() {
  std::size_t processed = 0;
  do {
    const Timestamp now = m_clock.now();
    processed = m_queue->process_due(now - m_delay, now, k_rows_at_once, soon());
  } while (processed == k_rows_at_once && !m_stop_requested());
}

/// What arrives from now on is due a whole delay from now at the earliest. So it is soon enough to
/// look again when the oldest becomes due, or after a delay, whichever comes first.
Timestamp Processor::next_due() {
  const Timestamp now = m_clock.now();
  if (const auto oldest = m_queue->oldest_created_at()) {
    return std::min(*oldest + m_delay, now + std::max(m_delay, k_shortest_idle_sleep));
  }
  m_queue->maintain(soon());
  return now + std::clamp(m_delay, k_shortest_idle_sleep, k_longest_idle_sleep);
}

}  // namespace payhook
