#pragma once

#include "store/sqlite_connection.h"
#include "store/transaction_store.h"

namespace payhook {

/// The rows of SQLite's table that are still PROCESSING. The rows are the queue: a restart loses
/// nothing.
class SqliteProcessingQueue final : public ProcessingQueue {
 public:
  explicit SqliteProcessingQueue(const std::filesystem::path& database);

  std::size_t process_due(Timestamp created_until, Timestamp now, std::size_t limit,
                          Deadline deadline) override;
  std::optional<Timestamp> oldest_created_at() override;
  void maintain(Deadline deadline) override;

 private:
  SqliteConnection m_connection;
  SqliteStatement m_process_due;
  SqliteStatement m_oldest;
};

}  // namespace payhook
