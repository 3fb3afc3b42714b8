#pragma once

#include <memory>
#include <string>

#include "store/browser.h"
#include "store/importer.h"
#include "store/intake.h"
#include "store/kept_webhooks.h"
#include "store/operations.h"
#include "store/processing_queue.h"
#include "store/retention.h"
#include "store/statistics.h"
#include "store/status_reader.h"

namespace payhook {

/// Transactions in PostgreSQL. It has a part of what a TransactionStore has, under the same names,
/// and becomes one with the rest. Any thread may open sessions, which need it no longer.
class PostgresqlStore {
 public:
  /// `conninfo` is libpq's: a URI or keywords and values. `processor` is the name by which the
  /// processor on this host finds what it has left behind: no two of them may have the same.
  PostgresqlStore(std::string conninfo, std::string processor);

  /// All of them throw as TransactionStore's do.
  std::unique_ptr<WebhookIntake> open_intake();
  std::unique_ptr<StatusReader> open_status_reader();
  std::unique_ptr<ProcessingQueue> open_processing_queue();
  std::unique_ptr<KeptWebhooks> open_kept_webhooks();
  std::unique_ptr<Operations> open_operations();
  std::unique_ptr<TransactionBrowser> open_browser();
  std::unique_ptr<Statistics> open_statistics();
  std::unique_ptr<Retention> open_retention();
  std::unique_ptr<TransactionImporter> open_importer();

 private:
  const std::string m_conninfo;
  const std::string m_processor;
};

/// Makes sure that a database has payhook's tables. Throws ProgramError and StoreUnavailable.
void create_postgresql_tables(const std::string& conninfo);

}  // namespace payhook
