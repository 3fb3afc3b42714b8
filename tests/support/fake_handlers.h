#pragma once

#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "daemon/handlers/handlers.h"

namespace payhook::test {

/// Handlers that do nothing until a test says what they came to. Any thread may use it.
class FakeHandlers final : public Handlers {
 public:
  void start(std::vector<Delivery> deliveries) override {
    const std::lock_guard lock(m_mutex);
    std::move(deliveries.begin(), deliveries.end(), std::back_inserter(m_running));
  }

  std::vector<AttemptResult> take_results() override {
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_results, {});
  }

  void interrupt() override { end_all(AttemptResult::End::INTERRUPTED, "payhookd was stopped"); }

  /// The ids of those that run, in the order of their start.
  std::vector<std::string> running() const {
    const std::lock_guard lock(m_mutex);
    std::vector<std::string> ids;
    for (const Delivery& delivery : m_running) {
      ids.push_back(delivery.claimed.transaction.transaction_id());
    }
    return ids;
  }

  /// Ends the one that was started first.
  void end_first(AttemptResult::End end, const std::string& reason = "",
                 std::optional<std::chrono::seconds> retry_after = {}) {
    const std::lock_guard lock(m_mutex);
    m_results.push_back({m_running.front().claimed.claim, end, reason, "said", retry_after});
    m_running.erase(m_running.begin());
  }

  void end_all(AttemptResult::End end, const std::string& reason = "") {
    while (!running().empty()) {
      end_first(end, reason);
    }
  }

 private:
  mutable std::mutex m_mutex;
  std::vector<Delivery> m_running;
  std::vector<AttemptResult> m_results;
};

}  // namespace payhook::test
