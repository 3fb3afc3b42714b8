#include "fcgi/unavailable_store.h"

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace payhook {

namespace {

class Intake final : public WebhookIntake {
 public:
  explicit Intake(std::string why) : m_why(std::move(why)) {}

  std::vector<IntakeResult> store(std::span<const IncomingWebhook> /*webhooks*/,
                                  Deadline /*deadline*/) override {
    throw StoreUnavailable(m_why);
  }

  void prove_that_it_stores(Deadline /*deadline*/) override { throw StoreUnavailable(m_why); }

 private:
  std::string m_why;
};

class NoUpkeep final : public Upkeep {
 public:
  bool step(Deadline /*deadline*/) override { return false; }
};

class Counters final : public Statistics {
 public:
  explicit Counters(std::string why) : m_why(std::move(why)) {}

  std::vector<OutcomeTotal> totals() override { throw StoreUnavailable(m_why); }
  std::vector<OutcomeCount> counts(Timestamp /*since*/, Timestamp /*before*/) override {
    throw StoreUnavailable(m_why);
  }
  ProcessingLag processing_lag() override { throw StoreUnavailable(m_why); }
  StoreState state(Timestamp /*now*/) override { throw StoreUnavailable(m_why); }
  StoreVitals vitals() override { throw StoreUnavailable(m_why); }
  EngineReport engine() override { throw StoreUnavailable(m_why); }
  bool tidy(Timestamp /*now*/, Deadline /*deadline*/) override { throw StoreUnavailable(m_why); }

 private:
  std::string m_why;
};

class Reader final : public StatusReader {
 public:
  explicit Reader(std::string why) : m_why(std::move(why)) {}

  std::optional<StoredTransaction> find(std::string_view /*source*/,
                                        std::string_view /*transaction_id*/) override {
    throw StoreUnavailable(m_why);
  }

 private:
  std::string m_why;
};

}  // namespace

std::unique_ptr<WebhookIntake> UnavailableStore::open_intake() {
  return std::make_unique<Intake>(m_why);
}

std::unique_ptr<StatusReader> UnavailableStore::open_status_reader() {
  return std::make_unique<Reader>(m_why);
}

std::unique_ptr<ProcessingQueue> UnavailableStore::open_processing_queue() {
  throw StoreUnavailable(m_why);
}

std::unique_ptr<KeptWebhooks> UnavailableStore::open_kept_webhooks() {
  throw StoreUnavailable(m_why);
}

std::unique_ptr<Operations> UnavailableStore::open_operations() { throw StoreUnavailable(m_why); }

std::unique_ptr<TransactionBrowser> UnavailableStore::open_browser() {
  throw StoreUnavailable(m_why);
}

std::unique_ptr<Retention> UnavailableStore::open_retention() { throw StoreUnavailable(m_why); }

std::unique_ptr<Statistics> UnavailableStore::open_statistics() {
  return std::make_unique<Counters>(m_why);
}

std::unique_ptr<TransactionImporter> UnavailableStore::open_importer() {
  throw StoreUnavailable(m_why);
}

std::unique_ptr<Upkeep> UnavailableStore::open_upkeep(Keeper /*keeper*/) {
  return std::make_unique<NoUpkeep>();
}

}  // namespace payhook
