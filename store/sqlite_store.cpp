#include "store/sqlite_store.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <system_error>
#include <utility>

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

SqliteStore::SqliteStore(const std::filesystem::path& database, Missing missing)
    : m_database(resolved(database)), m_missing(missing) {}

/// A program that cannot open its store now cannot start.
template <typename Session, typename... Shared>
std::unique_ptr<Session> SqliteStore::open(Shared&... shared) const {
  try {
    if (m_missing == Missing::CREATE) {
      SqliteConnection(m_database, SqliteConnection::Use::CREATING);
    }
    return std::make_unique<Session>(m_database, shared...);
  } catch (const StoreUnavailable& e) {
    throw ProgramError(EX_UNAVAILABLE,
                       fmt::format("{} cannot be used now: {}", m_database.string(), e.what()));
  }
}

int create_database(const std::filesystem::path& database) {
  SqliteStore(database, SqliteStore::Missing::CREATE).open_status_reader();
  return EX_OK;
}

std::unique_ptr<WebhookIntake> SqliteStore::open_intake() { return open<SqliteIntake>(m_recent); }

std::unique_ptr<StatusReader> SqliteStore::open_status_reader() {
  return open<SqliteStatusReader>(m_recent);
}

std::unique_ptr<ProcessingQueue> SqliteStore::open_processing_queue() {
  return open<SqliteProcessingQueue>();
}

std::unique_ptr<StoreWatch> SqliteStore::watch(StoreWatch::OnBroken on_broken) const {
  return std::make_unique<StoreWatch>(m_database, std::move(on_broken));
}

}  // namespace payhook
