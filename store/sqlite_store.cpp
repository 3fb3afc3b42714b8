#include "store/sqlite_store.h"

#include "store/sqlite_intake.h"
#include "store/sqlite_processing_queue.h"
#include "store/sqlite_status_reader.h"

namespace payhook {

SqliteStore::SqliteStore(std::filesystem::path database) : m_database(std::move(database)) {}

std::unique_ptr<WebhookIntake> SqliteStore::open_intake() {
  return std::make_unique<SqliteIntake>(m_database);
}

std::unique_ptr<StatusReader> SqliteStore::open_status_reader() {
  return std::make_unique<SqliteStatusReader>(m_database);
}

std::unique_ptr<ProcessingQueue> SqliteStore::open_processing_queue() {
  return std::make_unique<SqliteProcessingQueue>(m_database);
}

}  // namespace payhook
