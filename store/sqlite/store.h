#pragma once

#include <chrono>
#include <filesystem>

#include "store/sqlite/id_indexer.h"
#include "store/sqlite/shared_state.h"
#include "store/transaction_store.h"

namespace payhook {

/// Transactions in one SQLite file, shared by any number of payhook programs on one machine.
class SqliteStore final : public TransactionStore {
 public:
  /// Names the file. The store is its path, its WAL ("-wal", "-shm") and the lock of its write turn
  /// (".turn"). In a program for one request a session is opened when it is first used.
  /// `idle_after` is how long nobody has committed anything where there is time for a checkpoint.
  explicit SqliteStore(const std::filesystem::path& database, Lifetime lifetime = Lifetime::SERVICE,
                       std::chrono::milliseconds idle_after = k_idle_after);

  /// Handlers end one after the other: between two of them nobody is idle.
  static constexpr std::chrono::seconds k_idle_after{1};

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
  std::unique_ptr<StoreWatch> watch(Watcher watcher) override;

 private:
  SharedState m_shared;
};

/// Makes sure that there is a database, which belongs to the owner of its directory where root does
/// it. Throws ProgramError or std::system_error. Call it before any thread starts.
void create_database(const std::filesystem::path& database);

}  // namespace payhook
