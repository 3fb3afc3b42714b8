#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "store/intake.h"
#include "store/postgresql/session.h"

namespace payhook::postgresql {

/// Webhooks that one transaction stores. Those that state payments are one statement; what few need
/// is a statement for each, in one round trip for all.
class IncomingBatch {
 public:
  /// Neither is owned.
  IncomingBatch(ScopedTransaction& transaction, std::span<const IncomingWebhook> webhooks);

  /// Returns a result for each. Throws StoreUnavailable or StoreBroken.
  std::vector<IntakeResult> store();

 private:
  using Places = std::vector<std::size_t>;

  struct ToKeep {
    std::size_t place;
    std::string why;
  };

  Places insert();
  void take_out_pruned(const Places& places, const Result& pruned);
  Places compare(const Places& known);
  void record_conflicts(const Places& conflicts);
  void keep_events();
  void forget_the_oldest();
  void quarantine();
  const StatedPayment& payment(std::size_t place) const;

  ScopedTransaction& m_transaction;
  const std::span<const IncomingWebhook> m_webhooks;
  std::vector<IntakeResult> m_results;
  std::vector<ToKeep> m_events;
  std::vector<ToKeep> m_quarantined;
};

}  // namespace payhook::postgresql
