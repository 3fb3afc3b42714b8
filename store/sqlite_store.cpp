#include "store/sqlite_store.h"

#include <fmt/format.h>
#include <sysexits.h>

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

/// A program that cannot open its store now cannot start.
template <typename Session, typename... Shared>
std::unique_ptr<Session> open(const std::filesystem::path& database, Shared&... shared) {
  try {
    return std::make_unique<Session>(database, shared...);
  } catch (const StoreUnavailable& e) {
    throw ProgramError(EX_UNAVAILABLE,
                       fmt::format("{} cannot be used now: {}", database.string(), e.what()));
  }
}

}  // namespace

SqliteStore::SqliteStore(const std::filesystem::path& database) : m_database(resolved(database)) {}

std::unique_ptr<WebhookIntake> SqliteStore::open_intake() {
  return open<SqliteIntake>(m_database, m_recent);
}

std::unique_ptr<StatusReader> SqliteStore::open_status_reader() {
  return open<SqliteStatusReader>(m_database, m_recent);
}

std::unique_ptr<ProcessingQueue> SqliteStore::open_processing_queue() {
  return open<SqliteProcessingQueue>(m_database);
}

}  // namespace payhook
