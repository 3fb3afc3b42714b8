#include "store/sqlite_store.h"

#include <system_error>

#include "store/sqlite_intake.h"
#include "store/sqlite_processing_queue.h"
#include "store/sqlite_status_reader.h"

namespace payhook {

namespace {

/// One name for one file, whatever links lead to it: the turn's lock is found by that name.
std::filesystem::path resolved(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::weakly_canonical(file, error);
  return error ? file : canonical;
}

}  // namespace

SqliteStore::SqliteStore(const std::filesystem::path& database) : m_database(resolved(database)) {}

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
