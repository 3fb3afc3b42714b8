#pragma once

#include <memory>
#include <string>
#include <utility>

#include "store/transaction_store.h"

namespace payhook {

/// Stands in for a store that cannot be opened: its sessions open, and whatever is asked of them
/// ends in StoreUnavailable. A responder on it answers 503 where the store is needed, and
/// everything else as always. It needs no upkeep, and has no sessions but those that webhooks and
/// their status need.
class UnavailableStore final : public TransactionStore {
 public:
  /// `why` the store cannot be opened.
  explicit UnavailableStore(std::string why) : m_why(std::move(why)) {}

  std::unique_ptr<WebhookIntake> open_intake() override;
  std::unique_ptr<StatusReader> open_status_reader() override;
  std::unique_ptr<ProcessingQueue> open_processing_queue() override;
  std::unique_ptr<KeptWebhooks> open_kept_webhooks() override;
  std::unique_ptr<Operations> open_operations() override;
  std::unique_ptr<TransactionBrowser> open_browser() override;
  std::unique_ptr<Retention> open_retention() override;
  std::unique_ptr<Statistics> open_statistics() override;
  std::unique_ptr<TransactionImporter> open_importer() override;
  std::unique_ptr<Upkeep> open_upkeep(Keeper keeper) override;

 private:
  std::string m_why;
};

}  // namespace payhook
