#pragma once

#include <string>

#include "store/postgresql/session.h"
#include "store/transaction_store.h"

namespace payhook {

/// Transactions in PostgreSQL. Its sessions need it no longer.
class PostgresqlStore final : public TransactionStore {
 public:
  /// `conninfo` is libpq's: a URI or keywords and values. `processor` is the name by which the
  /// processor on this host finds what it has left behind: no two of them may have the same.
  PostgresqlStore(std::string conninfo, std::string processor,
                  Lifetime lifetime = Lifetime::SERVICE);

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
  const std::string m_conninfo;
  const std::string m_processor;
  const postgresql::Session::Begin m_begin;
};

/// Makes sure that a database has payhook's tables. Throws ProgramError and StoreUnavailable.
void create_postgresql_tables(const std::string& conninfo);

}  // namespace payhook
