#pragma once

#include <exception>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "service/outage.h"
#include "store/transaction_store.h"

namespace payhook {

/// An intake that tells an outage whether webhooks can be stored.
class WatchedIntake final : public WebhookIntake {
 public:
  /// `outage` must outlive it.
  WatchedIntake(std::unique_ptr<WebhookIntake> intake, Outage& outage)
      : m_intake(std::move(intake)), m_outage(outage) {}

  std::vector<IntakeResult> store(std::span<const IncomingWebhook> webhooks,
                                  Deadline deadline) override {
    auto results = watch([&] { return m_intake->store(webhooks, deadline); });
    if (has_stored_any(results)) {
      m_outage.worked();
    } else {
      m_outage.failed("the store refuses every webhook, and says why in the log");
    }
    return results;
  }

  void prove_that_it_stores(Deadline deadline) override {
    watch([&] { m_intake->prove_that_it_stores(deadline); });
    m_outage.worked();
  }

 private:
  template <typename Act>
  std::invoke_result_t<Act> watch(const Act& act) {
    try {
      return act();
    } catch (const std::exception& e) {
      m_outage.failed(e.what());
      throw;
    }
  }

  std::unique_ptr<WebhookIntake> m_intake;
  Outage& m_outage;
};

}  // namespace payhook
