#include "daemon/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "core/fault_point.h"
#include "core/log.h"
#include "daemon/backoff.h"
#include "daemon/handlers/program.h"

namespace payhook {

namespace {

// For the turn to write.
constexpr std::chrono::milliseconds k_patience{500};

// A lease is longer than an attempt can last, however late its end is noticed and written.
constexpr std::chrono::seconds k_lease_after_timeout{120};
constexpr std::chrono::seconds k_renew_before_end{60};

constexpr std::chrono::seconds k_between_take_overs{5};
constexpr std::chrono::hours k_longest_retry_after{24};

std::chrono::seconds lease_of(const HandlerConfig& handler) {
  return handler.timeout + Program::k_from_term_to_kill + k_lease_after_timeout;
}

// How many more attempts there may be than are set, where payhookd was ended during them: no crash
// is to be the last attempt, unless it is always the same transaction's.
constexpr std::int64_t k_more_after_crashes = 3;

std::pair<std::int64_t, std::int64_t> key_of(const Claim& claim) {
  return {claim.transaction, claim.attempt};
}

}  // namespace

Dispatcher::Dispatcher(ProcessingQueue& queue, Handlers& handlers, const Clock& clock,
                       const Config& config)
    : m_queue(queue), m_handlers(handlers), m_clock(clock) {
  configure(config);
}

void Dispatcher::configure(const Config& config) {
  auto settings = std::make_shared<const Settings>(
      Settings{config.handlers, config.processor.handlers_at_once});
  const std::lock_guard lock(m_mutex);
  m_settings = std::move(settings);
}

std::shared_ptr<const Dispatcher::Settings> Dispatcher::settings() const {
  const std::lock_guard lock(m_mutex);
  return m_settings;
}

std::vector<SourceQueue> Dispatcher::without_handler(const QueueState& state) const {
  const auto now_set = settings();
  std::vector<SourceQueue> queues;
  std::copy_if(state.sources.begin(), state.sources.end(), std::back_inserter(queues),
               [&](const SourceQueue& queue) { return now_set->plan.of(queue.source)->is_none(); });
  return queues;
}

bool Dispatcher::step(const QueueState& state) {
  const Timestamp now = m_clock.now();
  const auto now_set = settings();
  take_results(now);
  if (!m_claims && !take_over(*now_set, now)) {
    return false;
  }
  const std::vector<ClaimRequest> wanted = requests(state, *now_set, now);
  const bool ends = !m_ended.empty();
  start(exchange(wanted, now), *now_set, now);
  return ends || !wanted.empty();
}

void Dispatcher::finish() {
  const Timestamp now = m_clock.now();
  take_results(now);
  exchange({}, now);
}

/// Another processor may be at work, or this one has nothing to hand to anybody.
bool Dispatcher::take_over(const Settings& settings, Timestamp now) {
  if (!settings.plan.has_any()) {
    return false;
  }
  const auto abandoned = m_queue.take_over(now, std::chrono::steady_clock::now() + k_patience);
  if (!abandoned) {
    if (!std::exchange(m_waits_for_another, true)) {
      log::report(log::Event::STORE_TROUBLE,
                  "another payhookd hands out this database's transactions: this one waits until "
                  "that one ends");
    }
    return false;
  }
  m_claims = true;
  m_waits_for_another = false;
  for (const AbandonedClaim& left : *abandoned) {
    m_ended.push_back({left.claim, end_of(left, settings.plan.of(left.source)->retry, now)});
  }
  return true;
}

/// A crash counts as an attempt, but is not to be the last one, unless it is always the same
/// transaction's.
AttemptEnd Dispatcher::end_of(const AbandonedClaim& left, const RetryConfig& retry, Timestamp now) {
  constexpr auto k_why = "payhookd ended while it ran";
  if (left.attempts_that_count >= retry.max_attempts + k_more_after_crashes) {
    log::report(log::Event::TRANSACTION_FAILED, "a transaction of source {} has FAILED: {}",
                left.source, k_why);
    return GiveUp{k_why};
  }
  return TryAgain{now + delay_after(left.attempts_that_count, retry), k_why};
}

std::chrono::milliseconds Dispatcher::delay_after(std::int64_t attempts, const RetryConfig& retry) {
  return retry_delay(retry, attempts, std::generate_canonical<double, 32>(m_random));
}

void Dispatcher::take_results(Timestamp now) {
  for (AttemptResult& result : m_handlers.take_results()) {
    const auto running = m_running.find(key_of(result.claim));
    if (running != m_running.end()) {
      end(running->second, std::move(result), now);
      m_running.erase(running);
    }
  }
}

void Dispatcher::end(const Running& running, AttemptResult result, Timestamp now) {
  Outcome ended{running.claim, Completed{}, std::move(result.output)};
  switch (result.end) {
    case AttemptResult::End::DONE:
      break;
    case AttemptResult::End::TRY_AGAIN:
      ended.what = try_again(running, std::move(result), now);
      break;
    case AttemptResult::End::GIVE_UP:
      ended.what = give_up(running, std::move(result.reason));
      break;
    case AttemptResult::End::INTERRUPTED:
      ended.what = Interrupted{now + result.retry_after.value_or(std::chrono::seconds{0}),
                               std::move(result.reason)};
      break;
  }
  m_ended.push_back(std::move(ended));
}

AttemptEnd Dispatcher::try_again(const Running& running, AttemptResult result, Timestamp now) {
  const RetryConfig& retry = running.handler->retry;
  if (running.attempts_that_count >= retry.max_attempts) {
    return give_up(running, std::move(result.reason));
  }
  std::chrono::milliseconds delay = delay_after(running.attempts_that_count, retry);
  if (result.retry_after) {
    delay = std::max<std::chrono::milliseconds>(
        delay, std::min<std::chrono::seconds>(*result.retry_after, k_longest_retry_after));
  }
  log::report(log::Event::ATTEMPT_FAILED, log::Request{{}, running.transaction_id},
              "attempt {} of source {} did not succeed, and is made again in {} s: {}",
              running.claim.attempt, running.source,
              std::chrono::ceil<std::chrono::seconds>(delay).count(), result.reason);
  return TryAgain{now + delay, std::move(result.reason)};
}

AttemptEnd Dispatcher::give_up(const Running& running, std::string reason) {
  log::report(log::Event::TRANSACTION_FAILED, log::Request{{}, running.transaction_id},
              "a transaction of source {} has FAILED with attempt {}: {}", running.source,
              running.claim.attempt, reason);
  return GiveUp{std::move(reason)};
}

/// Where the clock was set, a lease may end before its attempt, or long after it.
std::vector<Renewal> Dispatcher::renewals(Timestamp now) const {
  std::vector<Renewal> renewed;
  for (const auto& [key, running] : m_running) {
    const auto lease = lease_of(*running.handler);
    if (running.lease_end - now < k_renew_before_end || running.lease_end - now > lease) {
      renewed.push_back({running.claim, now + lease});
    }
  }
  return renewed;
}

/// A slot after the other goes to the source that has the fewest, and of those to the one that has
/// waited for longest: sources whose handlers do not answer leave the others their share.
std::vector<ClaimRequest> Dispatcher::requests(const QueueState& state, const Settings& settings,
                                               Timestamp now) const {
  struct Share {
    const SourceQueue* queue;
    std::size_t running;
    std::size_t free;
    std::size_t granted = 0;
  };
  std::vector<Share> shares;
  for (const SourceQueue& queue : state.sources) {
    const std::size_t free = free_of(queue.source, settings);
    if (free > 0 && queue.next_due_at <= now && !state.is_paused) {
      shares.push_back({&queue, running_of(queue.source), free});
    }
  }
  const auto comes_first = [](const Share& one, const Share& other) {
    const bool one_is_full = one.granted == one.free;
    const bool other_is_full = other.granted == other.free;
    return std::tuple(one_is_full, one.running + one.granted, one.queue->next_due_at) <
           std::tuple(other_is_full, other.running + other.granted, other.queue->next_due_at);
  };
  std::size_t slots = settings.most_at_once - std::min(settings.most_at_once, m_running.size());
  for (; slots > 0 && !shares.empty(); --slots) {
    Share& first = *std::min_element(shares.begin(), shares.end(), comes_first);
    if (first.granted == first.free) {
      break;
    }
    ++first.granted;
  }
  std::vector<ClaimRequest> wanted;
  for (const Share& share : shares) {
    if (share.granted > 0) {
      const HandlerConfig& handler = *settings.plan.of(share.queue->source);
      wanted.push_back({share.queue->source, share.granted, now + lease_of(handler),
                        handler.in_order ? ClaimOrder::BY_ACCOUNT : ClaimOrder::DUE});
    }
  }
  return wanted;
}

/// How many more attempts of a source may run.
std::size_t Dispatcher::free_of(const std::string& source, const Settings& settings) const {
  const HandlerConfig& handler = *settings.plan.of(source);
  if (handler.is_none()) {
    return 0;
  }
  return handler.at_once - std::min(handler.at_once, running_of(source));
}

std::size_t Dispatcher::running_of(const std::string& source) const {
  return static_cast<std::size_t>(
      std::count_if(m_running.begin(), m_running.end(),
                    [&source](const auto& each) { return each.second.source == source; }));
}

std::vector<ClaimedTransaction> Dispatcher::exchange(const std::vector<ClaimRequest>& wanted,
                                                     Timestamp now) {
  const std::vector<Renewal> renewed = renewals(now);
  if (m_ended.empty() && renewed.empty() && wanted.empty()) {
    return {};
  }
  fault_point("before a commit");
  auto claimed = m_queue.finish_and_claim({m_ended, renewed, wanted}, now,
                                          std::chrono::steady_clock::now() + k_patience);
  fault_point("after a commit");
  m_processed += static_cast<std::uint64_t>(std::count_if(
      m_ended.begin(), m_ended.end(),
      [](const Outcome& ended) { return std::holds_alternative<Completed>(ended.what); }));
  m_ended.clear();
  for (const Renewal& renewal : renewed) {
    m_running.at(key_of(renewal.claim)).lease_end = renewal.lease_end;
  }
  return claimed;
}

/// All in one go: the handlers' thread is woken once.
void Dispatcher::start(std::vector<ClaimedTransaction> claimed, const Settings& settings,
                       Timestamp now) {
  std::vector<Delivery> deliveries;
  for (ClaimedTransaction& each : claimed) {
    const auto& handler = settings.plan.of(each.source);
    Running running{each.claim,
                    each.source,
                    each.transaction.transaction_id(),
                    each.attempts_that_count,
                    handler,
                    now + lease_of(*handler)};
    if (each.attempts_that_count > handler->retry.max_attempts + k_more_after_crashes) {
      end(running, {each.claim, AttemptResult::End::GIVE_UP, "no attempt was left"}, now);
    } else {
      m_running.emplace(key_of(each.claim), std::move(running));
      deliveries.push_back({std::move(each), handler});
    }
  }
  if (!deliveries.empty()) {
    m_handlers.start(std::move(deliveries));
  }
}

Timestamp Dispatcher::next_step(const QueueState& state) const {
  const auto now_set = settings();
  const Timestamp now = m_clock.now();
  if (!m_claims) {
    return now_set->plan.has_any() ? now + k_between_take_overs : Timestamp::max();
  }
  Timestamp next = m_ended.empty() ? Timestamp::max() : now;
  for (const auto& [key, running] : m_running) {
    next = std::min(next, running.lease_end - k_renew_before_end);
  }
  const bool may_start = !state.is_paused && m_running.size() < now_set->most_at_once;
  for (const SourceQueue& queue : state.sources) {
    if (may_start && free_of(queue.source, *now_set) > 0) {
      next = std::min(next, queue.next_due_at);
    }
  }
  return next;
}

}  // namespace payhook
