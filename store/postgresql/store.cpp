#include "store/postgresql/store.h"

#include <utility>

#include "store/postgresql/browser.h"
#include "store/postgresql/importer.h"
#include "store/postgresql/intake.h"
#include "store/postgresql/kept_webhooks.h"
#include "store/postgresql/operations.h"
#include "store/postgresql/processing_queue.h"
#include "store/postgresql/retention.h"
#include "store/postgresql/statistics.h"
#include "store/postgresql/status_reader.h"
#include "store/postgresql/upkeep.h"

namespace payhook {

using postgresql::Session;

PostgresqlStore::PostgresqlStore(std::string conninfo, std::string processor, Lifetime lifetime)
    : m_conninfo(std::move(conninfo)),
      m_processor(std::move(processor)),
      m_begin(lifetime == Lifetime::SERVICE ? Session::Begin::NOW : Session::Begin::ON_DEMAND) {}

std::unique_ptr<WebhookIntake> PostgresqlStore::open_intake() {
  return std::make_unique<postgresql::Intake>(m_conninfo, m_begin);
}

std::unique_ptr<StatusReader> PostgresqlStore::open_status_reader() {
  return std::make_unique<postgresql::Reader>(m_conninfo, m_begin);
}

std::unique_ptr<ProcessingQueue> PostgresqlStore::open_processing_queue() {
  return std::make_unique<postgresql::Queue>(m_conninfo, m_processor, m_begin);
}

std::unique_ptr<KeptWebhooks> PostgresqlStore::open_kept_webhooks() {
  return std::make_unique<postgresql::Kept>(m_conninfo, m_begin);
}

std::unique_ptr<Operations> PostgresqlStore::open_operations() {
  return std::make_unique<postgresql::OperatorSession>(m_conninfo, m_begin);
}

std::unique_ptr<TransactionBrowser> PostgresqlStore::open_browser() {
  return std::make_unique<postgresql::Browser>(m_conninfo, m_begin);
}

std::unique_ptr<Retention> PostgresqlStore::open_retention() {
  return std::make_unique<postgresql::Pruner>(m_conninfo, m_begin);
}

std::unique_ptr<Statistics> PostgresqlStore::open_statistics() {
  return std::make_unique<postgresql::Counters>(m_conninfo, m_begin);
}

std::unique_ptr<TransactionImporter> PostgresqlStore::open_importer() {
  return std::make_unique<postgresql::Importer>(m_conninfo, m_begin);
}

std::unique_ptr<Upkeep> PostgresqlStore::open_upkeep(Keeper /*keeper*/) {
  return std::make_unique<postgresql::Autovacuum>();
}

void create_postgresql_tables(const std::string& conninfo) { postgresql::create_tables(conninfo); }

}  // namespace payhook
