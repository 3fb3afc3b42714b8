#pragma once

#include <filesystem>

#include "store/recent_ids.h"
#include "store/transaction_store.h"

namespace payhook {

/// Transactions in one SQLite file, shared by any number of payhook programs on one machine.
class SqliteStore final : public TransactionStore {
 public:
  /// Names the file; the first session that is opened creates it where it is missing. The store is
  /// its path, its WAL ("-wal", "-shm") and the lock of its write turn (".turn").
  explicit SqliteStore(const std::filesystem::path& database);

  std::unique_ptr<WebhookIntake> open_intake() override;
  std::unique_ptr<StatusReader> open_status_reader() override;
  std::unique_ptr<ProcessingQueue> open_processing_queue() override;

 private:
  std::filesystem::path m_database;
  RecentIds m_recent;
};

}  // namespace payhook
