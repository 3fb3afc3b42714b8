#include "daemon/housekeeping.h"

#include <utility>

#include "core/log.h"
#include "store/trouble.h"

namespace payhook {

namespace {

constexpr std::size_t k_rows_at_once = 256;
constexpr std::chrono::milliseconds k_patience{500};
constexpr std::chrono::seconds k_pause{1};
constexpr std::chrono::hours k_between_looks{1};

}  // namespace

Housekeeping::Housekeeping(std::unique_ptr<KeptWebhooks> kept, const Clock& clock,
                           RetentionConfig retention)
    : m_kept(std::move(kept)), m_clock(clock), m_retention(retention) {}

Timestamp Housekeeping::step() {
  const Timestamp now = m_clock.now();
  // A clock that was set back must not keep it from its work until it has caught up.
  if (now < m_next && m_next - now <= k_between_looks) {
    return m_next;
  }
  m_next = now + k_between_looks;
  try {
    if (forget_some(now)) {
      m_next = now + k_pause;
    }
  } catch (const StoreDamaged& e) {
    // Payments are in another place, and must be processed.
    log::report(log::Event::STORE_ALARM, "what is too old cannot be forgotten: {}", e.what());
  } catch (const StoreUnavailable& e) {
    log::report(trouble_event(e), "what is too old cannot be forgotten: {}", e.what());
  }
  return m_next;
}

void Housekeeping::set_retention(const RetentionConfig& retention) {
  const std::lock_guard lock(m_mutex);
  m_retention = retention;
}

/// Returns whether there may be more.
bool Housekeeping::forget_some(Timestamp now) {
  RetentionConfig retention;
  {
    const std::lock_guard lock(m_mutex);
    retention = m_retention;
  }
  const auto forget = [&](KeptIn where, std::chrono::days days) {
    const Deadline deadline = std::chrono::steady_clock::now() + k_patience;
    return m_kept->drop_older(where, now - days, k_rows_at_once, deadline) == k_rows_at_once;
  };
  const bool more_events = forget(KeptIn::EVENTS, retention.events);
  return (retention.quarantine && forget(KeptIn::QUARANTINE, *retention.quarantine)) || more_events;
}

}  // namespace payhook
