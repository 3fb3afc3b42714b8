#include "daemon/processor.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "core/log.h"
#include "store/trouble.h"

namespace payhook {

namespace {

// A few milliseconds' work: a webhook that arrives meanwhile waits no longer.
constexpr std::size_t k_rows_at_once = 384;

// For the turn to write. Short, since a stop is noticed only between two transactions.
constexpr std::chrono::milliseconds k_patience{500};

// What becomes due meanwhile is processed together, and webhooks have the time for themselves: each
// transaction syncs the disk once, and keeps them waiting for their turn.
constexpr std::chrono::milliseconds k_pause{8};

// Counting takes a few milliseconds when many are due.
constexpr std::chrono::seconds k_between_counts{10};

constexpr std::chrono::seconds k_retry_after{1};
constexpr std::chrono::seconds k_longest_idle_sleep{30};
constexpr std::chrono::seconds k_shortest_idle_sleep{1};

Deadline soon() { return std::chrono::steady_clock::now() + k_patience; }

}  // namespace

Processor::Processor(std::unique_ptr<ProcessingQueue> queue, std::unique_ptr<Upkeep> upkeep,
                     Handlers& handlers, const Clock& clock, Outage& outage, const Config& config,
                     std::function<bool()> stop_requested)
    : m_queue(std::move(queue)),
      m_upkeep(std::move(upkeep)),
      m_clock(clock),
      m_outage(outage),
      m_dispatcher(*m_queue, handlers, clock, config),
      m_delay(config.least_delay()),
      m_stop_requested(std::move(stop_requested)) {}

void Processor::configure(const Config& config) {
  m_delay = config.least_delay();
  m_dispatcher.configure(config);
}

Timestamp Processor::process_due() {
  try {
    return process_all_due();
  } catch (const StoreUnavailable& e) {
    m_outage.failed(e.what());
    log::report(trouble_event(e), "processing stands still: {}", e.what());
    return m_clock.now() + k_retry_after;
  }
}

/// Returns as soon as only handlers have more to do: whoever calls has work of its own.
Timestamp Processor::process_all_due() {
  bool processed = false;
  for (;;) {
    m_queue->let_others_write(soon());  // what ends meanwhile is written with the rest
    const Timestamp now = m_clock.now();
    count_backlog(now);
    const QueueState state = m_queue->state();
    // It comes first: after a leap of the clock it holds on to what runs.
    const bool more_handlers = m_dispatcher.step(state);
    const std::size_t count = mark_those_without_handler(state, now);
    m_outage.worked();
    const bool more_upkeep = keep_up();
    processed = processed || count > 0;
    m_processed += count;
    if (count < k_rows_at_once && !more_upkeep) {
      return more_handlers ? now : next_due(processed ? k_pause : std::chrono::milliseconds{0});
    }
    if (m_stop_requested()) {
      return m_clock.now();
    }
  }
}

/// Those first that have waited for longest. Where nothing at all is to be written, it is tried
/// nevertheless: a store that takes nothing is to be told of before it is needed.
std::size_t Processor::mark_those_without_handler(const QueueState& state, Timestamp now) {
  std::vector<SourceQueue> queues = m_dispatcher.without_handler(state);
  std::erase_if(queues, [now](const SourceQueue& queue) { return queue.next_due_at > now; });
  if (queues.empty() && !m_dispatcher.is_idle()) {
    return 0;
  }
  std::stable_sort(queues.begin(), queues.end(), [](const auto& one, const auto& other) {
    return one.next_due_at < other.next_due_at;
  });
  std::vector<std::string> sources;
  std::transform(queues.begin(), queues.end(), std::back_inserter(sources),
                 [](const SourceQueue& queue) { return queue.source; });
  return m_queue->process_due(sources, now, k_rows_at_once, soon());
}

bool Processor::finish() {
  try {
    m_dispatcher.finish();
  } catch (const StoreUnavailable& e) {
    log::report(trouble_event(e), "what handlers came to cannot be written: {}", e.what());
  }
  return m_dispatcher.is_idle();
}

void Processor::count_backlog(Timestamp now) {
  const auto steady_now = std::chrono::steady_clock::now();
  if (steady_now >= m_count_again) {
    m_backlog = m_queue->count_due(now, k_most_counted);
    m_count_again = steady_now + k_between_counts;
  }
}

/// Returns whether there may be more. Processing goes on where this does not.
bool Processor::keep_up() {
  try {
    return m_upkeep->step(soon());
  } catch (const StoreUnavailable& e) {
    log::report(trouble_event(e), "upkeep stands still: {}", e.what());
    return false;
  }
}

/// What arrives from now on is due a whole delay from now at the earliest, by this configuration;
/// the responder may have read another one already. So it looks again when the next becomes due, or
/// after a while; but not before `pause` has passed.
Timestamp Processor::next_due(std::chrono::milliseconds pause) {
  const Timestamp now = m_clock.now();
  const Timestamp latest =
      now + std::clamp(m_delay.load(), k_shortest_idle_sleep, k_longest_idle_sleep);
  const QueueState state = m_queue->state();
  if (std::none_of(state.sources.begin(), state.sources.end(),
                   [now](const SourceQueue& queue) { return queue.next_due_at <= now; })) {
    m_backlog = 0;
  }
  Timestamp next = std::min(latest, m_dispatcher.next_step(state));
  for (const SourceQueue& queue : m_dispatcher.without_handler(state)) {
    next = state.is_paused ? next : std::min(next, queue.next_due_at);
  }
  return std::clamp(next, now + pause, latest);
}

}  // namespace payhook
