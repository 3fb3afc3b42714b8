#include "daemon/handlers/handler_loop.h"

#include <sysexits.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "core/fault_point.h"

namespace payhook {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::minutes k_longest_wait{1};

// Until there may be descriptors, processes or memory again.
constexpr std::chrono::seconds k_after_shortage{5};

/// What kept a handler from being started: its own fault, or that we have too little of something.
AttemptResult failure(const Claim& claim, const std::exception& error) {
  const auto* const of_system = dynamic_cast<const std::system_error*>(&error);
  const int code = of_system == nullptr ? 0 : of_system->code().value();
  if (code == EAGAIN || code == EMFILE || code == ENFILE || code == ENOMEM) {
    return {claim, AttemptResult::End::INTERRUPTED, error.what(), {}, k_after_shortage};
  }
  return {claim, AttemptResult::End::TRY_AGAIN, error.what()};
}

}  // namespace

HandlerLoop::HandlerLoop(const Clock& clock, std::function<void()> on_result,
                         std::function<void(const ProgramError&)> on_fatal)
    : m_clock(clock),
      m_on_result(std::move(on_result)),
      m_on_fatal(std::move(on_fatal)),
      m_thread([this] { run(); }) {}

HandlerLoop::~HandlerLoop() {
  {
    const std::lock_guard lock(m_mutex);
    m_end = true;
  }
  m_client.wake();
  m_thread.join();
}

void HandlerLoop::start(std::vector<Delivery> deliveries) {
  {
    const std::lock_guard lock(m_mutex);
    std::move(deliveries.begin(), deliveries.end(), std::back_inserter(m_new));
  }
  m_client.wake();
}

std::vector<AttemptResult> HandlerLoop::take_results() {
  const std::lock_guard lock(m_mutex);
  return std::exchange(m_results, {});
}

void HandlerLoop::interrupt() {
  {
    const std::lock_guard lock(m_mutex);
    m_interrupt = true;
  }
  m_client.wake();
}

void HandlerLoop::run() noexcept {
  try {
    while (take_orders()) {
      wait();
      tell(m_client.advance());
      tell(m_programs.advance());
    }
  } catch (const std::exception& e) {
    m_on_fatal(ProgramError(EX_SOFTWARE, std::string("handlers cannot be run: ") + e.what()));
  }
}

/// Returns whether it is to go on.
bool HandlerLoop::take_orders() {
  std::vector<Delivery> deliveries;
  bool interrupted = false;
  {
    const std::lock_guard lock(m_mutex);
    if (m_end) {
      return false;
    }
    deliveries = std::exchange(m_new, {});
    interrupted = std::exchange(m_interrupt, false);
  }
  start_all(deliveries);
  if (interrupted) {
    interrupt_all();
  }
  return true;
}

void HandlerLoop::start_all(const std::vector<Delivery>& deliveries) {
  for (const Delivery& delivery : deliveries) {
    fault_point("before a handler starts");
    try {
      start_one(delivery);
    } catch (const std::exception& e) {
      tell({failure(delivery.claimed.claim, e)});
    }
    fault_point("after a handler has started");
  }
}

void HandlerLoop::start_one(const Delivery& delivery) {
  const auto* const http = std::get_if<HttpHandler>(&delivery.handler->what);
  if (http == nullptr) {
    m_programs.start(delivery);
  } else if (http->sends_webhook && delivery.claimed.body.empty()) {
    tell({{delivery.claimed.claim, AttemptResult::End::GIVE_UP, "its webhook is kept no longer"}});
  } else {
    m_client.post(delivery, m_clock.now());
  }
}

void HandlerLoop::interrupt_all() {
  tell(m_client.interrupt());
  m_programs.interrupt();
}

void HandlerLoop::wait() {
  const auto now = SteadyClock::now();
  const auto wake_at = std::clamp(m_programs.wake_at(), now, now + k_longest_wait);
  m_client.wait(m_programs.fd(), std::chrono::ceil<std::chrono::milliseconds>(wake_at - now));
}

void HandlerLoop::tell(std::vector<AttemptResult> results) {
  if (results.empty()) {
    return;
  }
  {
    const std::lock_guard lock(m_mutex);
    std::move(results.begin(), results.end(), std::back_inserter(m_results));
  }
  m_on_result();
}

}  // namespace payhook
