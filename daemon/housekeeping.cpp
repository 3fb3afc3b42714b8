#include "daemon/housekeeping.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "core/log.h"
#include "store/trouble.h"

namespace payhook {

namespace {

constexpr std::size_t k_rows_at_once = 256;
constexpr std::chrono::milliseconds k_patience{500};
constexpr std::chrono::seconds k_pause{1};
constexpr std::chrono::hours k_between_looks{1};

Deadline soon() { return std::chrono::steady_clock::now() + k_patience; }

/// The beginning of that day.
Timestamp day_before(Timestamp now, std::chrono::days days) {
  return std::chrono::floor<std::chrono::days>(now) - days;
}

}  // namespace

Housekeeping::Housekeeping(std::unique_ptr<KeptWebhooks> kept, std::unique_ptr<Retention> retention,
                           std::unique_ptr<Statistics> statistics, const Clock& clock,
                           RetentionConfig config)
    : m_kept(std::move(kept)),
      m_retention(std::move(retention)),
      m_statistics(std::move(statistics)),
      m_clock(clock),
      m_config(std::move(config)) {}

Timestamp Housekeeping::step() {
  const Timestamp now = m_clock.now();
  // A clock that was set back must not keep it from its work until it has caught up.
  if (now < m_next && m_next - now <= k_between_looks) {
    return m_next;
  }
  m_next = now + k_between_looks;
  RetentionConfig config;
  {
    const std::lock_guard lock(m_mutex);
    config = m_config;
  }
  if (forget_some(now, config)) {
    m_next = now + k_pause;
  }
  return m_next;
}

void Housekeeping::configure(const RetentionConfig& config) {
  const std::lock_guard lock(m_mutex);
  m_config = config;
}

/// Returns whether there may be more. What is many is taken a day at a time.
bool Housekeeping::forget_some(Timestamp now, const RetentionConfig& config) {
  const auto forget = [&](KeptIn where, std::chrono::days days) {
    return m_kept->drop_older(where, now - days, k_rows_at_once, soon()) == k_rows_at_once;
  };
  const bool more_events = attempt([&] { return forget(KeptIn::EVENTS, config.events); });
  const bool more_quarantined =
      attempt([&] { return config.quarantine && forget(KeptIn::QUARANTINE, *config.quarantine); });
  const bool more_counters = attempt([&] { return m_statistics->tidy(now, soon()); });
  const bool more_bodies = attempt(
      [&] { return m_retention->empty_webhooks(day_before(now, config.bodies), now, soon()); });
  const bool more_to_prune = attempt([&] { return prune_some(now, config); });
  return more_events || more_quarantined || more_counters || more_bodies || more_to_prune;
}

/// What cannot be done keeps nothing else from being done.
template <typename Work>
bool Housekeeping::attempt(Work work) {
  try {
    return work();
  } catch (const StoreDamaged& e) {
    // Payments are in another place, and must be processed.
    log::report(log::Event::STORE_ALARM, "what is too old cannot be forgotten: {}", e.what());
  } catch (const StoreUnavailable& e) {
    log::report(trouble_event(e), "what is too old cannot be forgotten: {}", e.what());
  } catch (const std::system_error& e) {
    log::report(log::Event::STORE_FAILURE, "what is too old cannot be archived, and stays: {}",
                e.what());
    m_pruning.reset();
  }
  return false;
}

bool Housekeeping::prune_some(Timestamp now, const RetentionConfig& config) {
  if (!config.processed) {
    m_pruning.reset();
    return false;
  }
  const Timestamp before = day_before(now, *config.processed);
  if (m_pruning && (m_pruning->which().before > before || config.archive != m_archive)) {
    m_pruning.reset();  // the settings have changed meanwhile, and less is to go, or elsewhere
  }
  if (!m_pruning) {
    if (before == m_pruned_before) {
      return false;
    }
    m_archive = config.archive;
    m_pruning.emplace(
        *m_retention,
        PrunePlan{
            {"PROCESSED", before},
            config.archive,
            {"payhookd", fmt::format("processed_days = {}", config.processed->count()), now}});
  }
  if (m_pruning->step(soon())) {
    return true;
  }
  m_pruned_before = m_pruning->which().before;
  m_pruning.reset();
  return false;
}

}  // namespace payhook
