#include "daemon/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
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
  for (ClaimedTransaction& claimed : exchange(wanted, now)) {
    start(std::move(claimed), *now_set, now);
  }
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
    log::report(log::Event::STORE_TROUBLE,
                "another payhookd hands out this database's transactions: this one waits until "
                "that one ends");
    return false;
  }
  m_claims = true;
  for (const AbandonedClaim& left : *abandoned) {
    const Running running{
        left.claim, left.source, "", left.attempts_that_count, settings.plan.of(left.source), now};
    end(running, {left.claim, AttemptResult::End::TRY_AGAIN, "payhookd ended while it ran"}, now);
  }
  return true;
}

void Dispatcher::take_results(Timestamp now) {
  for (AttemptResult& result : m_handlers.take_results()) {
    const auto running = m_running.find(result.claim.transaction);
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
      ended.what = Interrupted{std::move(result.reason)};
      break;
  }
  m_ended.push_back(std::move(ended));
}

AttemptEnd Dispatcher::try_again(const Running& running, AttemptResult result, Timestamp now) {
  const RetryConfig& retry = running.handler->retry;
  if (running.attempts_that_count >= retry.max_attempts) {
    return give_up(running, std::move(result.reason));
  }
  std::chrono::milliseconds delay = retry_delay(retry, running.attempts_that_count,
                                                std::generate_canonical<double, 32>(m_random));
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
  for (const auto& [transaction, running] : m_running) {
    const auto lease = lease_of(*running.handler);
    if (running.lease_end - now < k_renew_before_end || running.lease_end - now > lease) {
      renewed.push_back({running.claim, now + lease});
    }
  }
  return renewed;
}

/// The one that has waited for longest first.
std::vector<ClaimRequest> Dispatcher::requests(const QueueState& state, const Settings& settings,
                                               Timestamp now) const {
  std::vector<ClaimRequest> wanted;
  if (state.is_paused) {
    return wanted;
  }
  std::vector<SourceQueue> queues = state.sources;
  std::stable_sort(queues.begin(), queues.end(), [](const auto& one, const auto& other) {
    return one.next_due_at < other.next_due_at;
  });
  std::size_t free = settings.most_at_once - std::min(settings.most_at_once, m_running.size());
  for (const SourceQueue& queue : queues) {
    const std::size_t limit = std::min(free, free_of(queue.source, settings));
    if (limit > 0 && queue.next_due_at <= now) {
      const HandlerConfig& handler = *settings.plan.of(queue.source);
      wanted.push_back({queue.source, limit, now + lease_of(handler),
                        handler.in_order ? ClaimOrder::BY_ACCOUNT : ClaimOrder::DUE});
      free -= limit;
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
  const auto running = static_cast<std::size_t>(
      std::count_if(m_running.begin(), m_running.end(),
                    [&source](const auto& each) { return each.second.source == source; }));
  return handler.at_once - std::min(handler.at_once, running);
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
    m_running.at(renewal.claim.transaction).lease_end = renewal.lease_end;
  }
  return claimed;
}

void Dispatcher::start(ClaimedTransaction claimed, const Settings& settings, Timestamp now) {
  const auto& handler = settings.plan.of(claimed.source);
  Running running{claimed.claim,
                  claimed.source,
                  claimed.transaction.transaction_id(),
                  claimed.attempts_that_count,
                  handler,
                  now + lease_of(*handler)};
  if (claimed.attempts_that_count > handler->retry.max_attempts) {
    end(running, {claimed.claim, AttemptResult::End::GIVE_UP, "no attempt was left"}, now);
    return;
  }
  m_running.emplace(claimed.claim.transaction, std::move(running));
  m_handlers.start({std::move(claimed), handler});
}

Timestamp Dispatcher::next_step(const QueueState& state) const {
  const auto now_set = settings();
  const Timestamp now = m_clock.now();
  if (!m_claims) {
    return now_set->plan.has_any() ? now + k_between_take_overs : Timestamp::max();
  }
  Timestamp next = m_ended.empty() ? Timestamp::max() : now;
  for (const auto& [transaction, running] : m_running) {
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
