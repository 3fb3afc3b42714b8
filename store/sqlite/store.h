#pragma once

#include <filesystem>

#include "store/sqlite/recent_ids.h"
#include "store/sqlite/store_watch.h"
#include "store/transaction_store.h"

namespace payhook {

/// Transactions in one SQLite file, shared by any number of payhook programs on one machine.
class SqliteStore final : public TransactionStore {
 public:
  /// What opening a session does where the file is missing or empty.
  enum class Missing {
    CREATE,
    REFUSE  ///< a volume that is not mounted must not be taken for an empty store
  };

  /// How long the program lives that opens sessions. One that serves a single request has no time
  /// for upkeep in the background, and does a bounded share of it whenever it is due.
  enum class Lifetime { SERVICE, ONE_REQUEST };

  /// Names the file. The store is its path, its WAL ("-wal", "-shm") and the lock of its write turn
  /// (".turn").
  SqliteStore(const std::filesystem::path& database, Missing missing,
              Lifetime lifetime = Lifetime::SERVICE);

  std::unique_ptr<WebhookIntake> open_intake() override;
  std::unique_ptr<StatusReader> open_status_reader() override;
  std::unique_ptr<ProcessingQueue> open_processing_queue() override;

  /// Watches the store, in which a session has been opened before, for a program that may have
  /// nothing to write. Throws as StoreWatch does.
  std::unique_ptr<StoreWatch> watch(StoreWatch::OnBroken on_broken) const;

 private:
  template <typename Session, typename... Others>
  std::unique_ptr<Session> open(Others&&... others) const;

  std::filesystem::path m_database;
  Missing m_missing;
  Lifetime m_lifetime;
  RecentIds m_recent;
};

/// What --create-database does: makes sure that there is a database, which belongs to the owner of
/// its directory where root does it. Returns the exit status; throws ProgramError or
/// std::system_error. Call it before any thread starts.
int create_database(const std::filesystem::path& database);

}  // namespace payhook
