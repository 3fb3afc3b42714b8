#include "api/committer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "api/responses.h"
#include "core/log.h"
#include "store/trouble.h"

namespace payhook {

namespace {

using SteadyClock = std::chrono::steady_clock;

// The wait for the turn is cut into pieces, so that a program told to stop does so within a second.
constexpr std::chrono::milliseconds k_slice{250};

// More would only wait for what the first of them wait for.
constexpr std::size_t k_most_asking = 16;

// For an answer to them. A probe has to be told of a disk that stands still.
constexpr std::chrono::seconds k_asking_patience{5};

/// What the log says of a webhook.
struct Trouble {
  log::Event event;
  std::string what;
};

/// Why it is in the quarantine, in a sentence of payhook's: nothing in it is the sender's.
std::string reason_of(const IncomingWebhook& webhook) {
  const auto* unreadable = std::get_if<Unreadable>(&webhook.content);
  return unreadable != nullptr ? unreadable->reason
                               : "a transaction_id came again with other values, too often";
}

std::optional<Trouble> trouble_of(const IncomingWebhook& webhook, IntakeResult result) {
  switch (result) {
    case IntakeResult::CREATED:
    case IntakeResult::DUPLICATE:
    case IntakeResult::EVENT_KEPT:
      break;
    case IntakeResult::CONFLICT:
      return Trouble{log::Event::CONFLICT,
                     "a transaction_id came again with other values: see the table conflicts"};
    case IntakeResult::CONFLICT_NOT_KEPT:
      return Trouble{log::Event::CONFLICT,
                     "refused and not kept: a transaction_id came again with other values, "
                     "and the table conflicts has as many of it as it keeps"};
    case IntakeResult::QUARANTINED:
      return Trouble{log::Event::QUARANTINED,
                     fmt::format("source {}: an authentic webhook became no transaction, and the "
                                 "table quarantine has it: {}",
                                 webhook.source, reason_of(webhook))};
    case IntakeResult::NO_ROOM:
      return Trouble{log::Event::UNAVAILABLE,
                     "answered 503: a webhook became no transaction, and there is no room for it: "
                     "see to the tables quarantine and events"};
    case IntakeResult::REFUSED:
      return Trouble{log::Event::UNAVAILABLE,
                     "answered 503: the store cannot take this one webhook, see what it says"};
  }
  return {};
}

log::Request name_of(const IncomingWebhook& webhook, Exchange& exchange) {
  const auto* payment = std::get_if<StatedPayment>(&webhook.content);
  return {exchange.request().id,
          payment != nullptr ? payment->transaction.transaction_id() : std::string_view()};
}

}  // namespace

Committer::Committer(std::unique_ptr<WebhookIntake> intake, std::unique_ptr<Upkeep> upkeep,
                     Limits limits, ResponderMetrics& metrics,
                     std::function<void(const StoreBroken&)> on_broken)
    : m_intake(std::move(intake)),
      m_upkeep(std::move(upkeep)),
      m_limits(limits),
      m_metrics(metrics),
      m_on_broken(std::move(on_broken)) {
  m_queue.waiting.reserve(m_limits.webhooks);
  if (m_limits.between_proofs) {
    prove_that_it_stores();
  }
  m_thread = std::thread([this] { run(); });
}

Committer::~Committer() {
  close();
  m_not_idle.notify_one();
  m_thread.join();
}

bool Committer::submit(std::span<IncomingWebhook> webhooks, Exchange& exchange,
                       std::shared_ptr<const IntakeAnswers> answers) {
  std::size_t bytes = exchange.request().held_bytes;
  for (const IncomingWebhook& webhook : webhooks) {
    bytes += webhook.body.size() + webhook.headers.size();
  }
  {
    const std::lock_guard lock(m_mutex);
    if (m_closed || m_queue.webhooks.size() + webhooks.size() > m_limits.webhooks ||
        m_queue.bytes + bytes > m_limits.bytes) {
      return false;
    }
    if (m_queue.webhooks.empty()) {
      m_queue.deadline = SteadyClock::now() + m_limits.patience;
    }
    m_queue.webhooks.insert(m_queue.webhooks.end(), std::move_iterator(webhooks.begin()),
                            std::move_iterator(webhooks.end()));
    // Has its room: the two cannot get out of step.
    m_queue.waiting.push_back({&exchange, std::move(answers), webhooks.size()});
    m_queue.bytes += bytes;
  }
  m_not_idle.notify_one();
  return true;
}

void Committer::ask_whether_it_stores(std::function<void(bool)> tell) {
  std::unique_lock lock(m_mutex);
  const auto now = SteadyClock::now();
  const bool is_known =
      m_known_at && m_limits.between_proofs && now - *m_known_at < *m_limits.between_proofs;
  const bool others_wait_long = m_asking.size() == k_most_asking ||
                                (!m_asking.empty() && now - m_asked_at >= k_asking_patience);
  if (m_closed || is_known || others_wait_long) {
    const bool stores = is_known && m_stores && !m_closed;
    lock.unlock();
    tell(stores);
    return;
  }
  if (m_asking.empty()) {
    m_asked_at = now;
  }
  m_asking.push_back(std::move(tell));
  lock.unlock();
  m_not_idle.notify_one();
}

void Committer::run() noexcept {
  Batch batch;
  batch.waiting.reserve(m_limits.webhooks);
  for (Next next = take(batch); next != Next::END; next = take(batch)) {
    if (next == Next::PROVE) {
      prove_that_it_stores();
      continue;
    }
    commit(batch);
    batch.webhooks.clear();
    batch.waiting.clear();
    batch.bytes = 0;
    keep_up();
  }
  found(false);  // it is ending
}

/// Waits for work and swaps it into the empty `batch`; PROVE where somebody wants to know, END once
/// closed with none left.
Committer::Next Committer::take(Batch& batch) {
  const auto is_over = [this] {
    return m_closed || !m_queue.webhooks.empty() || !m_asking.empty();
  };
  std::unique_lock lock(m_mutex);
  if (m_stores || !m_limits.between_proofs) {
    m_not_idle.wait(lock, is_over);
  } else if (!m_not_idle.wait_for(lock, *m_limits.between_proofs, is_over)) {
    return Next::PROVE;
  }
  if (m_queue.webhooks.empty()) {
    return m_closed ? Next::END : Next::PROVE;
  }
  std::swap(batch, m_queue);
  return Next::COMMIT;
}

void Committer::prove_that_it_stores() noexcept {
  try {
    m_intake->prove_that_it_stores(SteadyClock::now() + k_slice);
    found(true);
  } catch (const StoreBroken& e) {
    break_off(e);
    found(false);
  } catch (const std::exception&) {
    found(false);  // the webhooks that come will tell why
  }
}

/// Tells those who have asked.
void Committer::found(bool stores) noexcept {
  std::vector<std::function<void(bool)>> asking;
  {
    const std::lock_guard lock(m_mutex);
    m_stores = stores;
    m_known_at = SteadyClock::now();
    std::swap(asking, m_asking);
  }
  for (const auto& tell : asking) {
    tell(stores);
  }
}

void Committer::commit(const Batch& batch) noexcept {
  const auto begin = SteadyClock::now();
  const Outcome outcome = try_to_store(batch);
  m_metrics.commit_durations.Observe(in_seconds(SteadyClock::now() - begin));
  m_metrics.commit_webhooks.Observe(static_cast<double>(batch.webhooks.size()));
  if (const auto* failed = std::get_if<Failed>(&outcome)) {
    found(false);
    for (const Waiting& waiting : batch.waiting) {
      answer(waiting, failed->answer);
    }
    return;
  }
  std::span<const IntakeResult> results = std::get<std::vector<IntakeResult>>(outcome);
  found(has_stored_any(results));
  report_results(batch, results);
  for (const Waiting& waiting : batch.waiting) {
    answer(waiting, waiting.answers->to(results.first(waiting.webhooks)));
    results = results.subspan(waiting.webhooks);
  }
}

void Committer::answer(const Waiting& waiting, const HttpResponse& response) noexcept {
  const auto taken = SteadyClock::now() - waiting.exchange->request().arrived_at;
  waiting.answers->metrics().durations.Observe(in_seconds(taken));
  m_metrics.count_answer(response.status, waiting.answers->metrics());
  waiting.exchange->answer(response);
}

/// Calls each(place, exchange) for the webhooks of a batch.
template <typename Each>
void Committer::for_each_webhook(const Batch& batch, const Each& each) {
  std::size_t place = 0;
  for (const Waiting& waiting : batch.waiting) {
    for (std::size_t i = 0; i < waiting.webhooks; ++i) {
      each(place++, *waiting.exchange);
    }
  }
}

Committer::Outcome Committer::try_to_store(const Batch& batch) noexcept {
  const auto failed = [&batch](const std::exception& why) {
    for_each_webhook(batch, [&](std::size_t place, Exchange& exchange) {
      log::report(log::Event::UNAVAILABLE, name_of(batch.webhooks[place], exchange),
                  "answered 503: {}", why.what());
    });
    return Failed{error_response(why)};
  };
  try {
    return store_in_time(batch);
  } catch (const StoreBroken& e) {
    break_off(e);
    return failed(e);
  } catch (const std::exception& e) {
    return failed(e);
  }
}

void Committer::report_results(const Batch& batch, std::span<const IntakeResult> results) {
  for_each_webhook(batch, [&](std::size_t place, Exchange& exchange) {
    if (results[place] == IntakeResult::CREATED) {
      ++m_stored;
    }
    const IncomingWebhook& webhook = batch.webhooks[place];
    if (const auto trouble = trouble_of(webhook, results[place])) {
      log::report(trouble->event, name_of(webhook, exchange), "{}", trouble->what);
    }
  });
}

std::vector<IntakeResult> Committer::store_in_time(const Batch& batch) {
  if (m_broken) {
    throw StoreUnavailable("the store broke, and the program is ending");
  }
  for (;;) {
    try {
      return m_intake->store(batch.webhooks,
                             std::min(batch.deadline, SteadyClock::now() + k_slice));
    } catch (const StoreTimeout&) {
      if (is_closed() || SteadyClock::now() >= batch.deadline) {
        throw;
      }
    }
  }
}

void Committer::keep_up() noexcept {
  if (m_broken) {
    return;
  }
  try {
    m_upkeep->step(SteadyClock::now() + k_slice);
  } catch (const StoreBroken& e) {
    break_off(e);
  } catch (const std::exception& e) {
    log::report(trouble_event(e), "{}", e.what());
  }
}

void Committer::break_off(const StoreBroken& broken) noexcept {
  m_broken = true;
  close();
  m_on_broken(broken);
}

void Committer::close() noexcept {
  const std::lock_guard lock(m_mutex);
  m_closed = true;
}

std::size_t Committer::waiting() const noexcept {
  const std::lock_guard lock(m_mutex);
  return m_queue.webhooks.size();
}

bool Committer::is_closed() const noexcept {
  const std::lock_guard lock(m_mutex);
  return m_closed;
}

}  // namespace payhook
