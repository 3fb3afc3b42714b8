#include "store/sqlite/store.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "store/sqlite/intake.h"
#include "store/sqlite/owner.h"
#include "store/sqlite/processing_queue.h"
#include "store/sqlite/status_reader.h"

namespace payhook {

namespace {

/// One name for one file, whatever links lead to it: the turn's lock is found by that name.
std::filesystem::path resolved(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::weakly_canonical(file, error);
  return error ? file : canonical;
}

/// Whoever may not write there is not to make it writable for himself: the services run as its
/// owner.
void require_writable(const std::filesystem::path& directory) {
  struct stat status {};
  if (::access(directory.c_str(), W_OK | X_OK) != 0 && errno == EACCES &&
      ::stat(directory.c_str(), &status) == 0) {
    throw ProgramError(
        EX_CANTCREAT,
        fmt::format("user id {} cannot write to {}: run this as root, or as user id {}, its owner",
                    ::geteuid(), directory.string(), status.st_uid));
  }
}

}  // namespace

SqliteStore::SqliteStore(const std::filesystem::path& database, Missing missing, Lifetime lifetime)
    : m_database(resolved(database)), m_missing(missing), m_lifetime(lifetime) {}

/// A program that cannot open its store now cannot start.
template <typename Session, typename... Others>
std::unique_ptr<Session> SqliteStore::open(Others&&... others) const {
  try {
    if (m_missing == Missing::CREATE) {
      SqliteConnection(m_database, SqliteConnection::Use::CREATING);
    }
    return std::make_unique<Session>(m_database, std::forward<Others>(others)...);
  } catch (const StoreUnavailable& e) {
    throw ProgramError(EX_UNAVAILABLE,
                       fmt::format("{} cannot be used now: {}", m_database.string(), e.what()));
  }
}

int create_database(const std::filesystem::path& database) {
  const std::filesystem::path directory = resolved(database).parent_path();
  become_owner_of(directory);
  require_writable(directory);
  SqliteStore(database, SqliteStore::Missing::CREATE).open_status_reader();
  return EX_OK;
}

std::unique_ptr<WebhookIntake> SqliteStore::open_intake() {
  if (m_lifetime == Lifetime::ONE_REQUEST) {
    return open<SqliteIntake>(m_recent, IdIndexer::k_rows_in_a_short_run,
                              SqliteIntake::Upkeep::WHOLE_RUNS);
  }
  return open<SqliteIntake>(m_recent);
}

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
