#pragma once

#include "store/sqlite/id_indexer.h"
#include "store/sqlite/writer.h"
#include "store/transaction_store.h"

namespace payhook {

/// The rows of SQLite's table that are still PROCESSING. The rows are the queue: a restart loses
/// nothing.
class SqliteProcessingQueue final : public ProcessingQueue {
 public:
  explicit SqliteProcessingQueue(const std::filesystem::path& database,
                                 RowId rows_in_an_index_run = IdIndexer::k_rows_in_a_run);

  Step process_due(Timestamp created_until, Timestamp now, std::size_t limit,
                   Deadline deadline) override;
  std::optional<Timestamp> oldest_created_at() override;
  std::size_t count_due(Timestamp created_until, std::size_t at_most) override;
  bool index_ids(Deadline deadline) override;
  void maintain(Deadline deadline) override;

 private:
  BackgroundCheckpoints m_checkpoints;
  Writer m_writer;
  IdIndexer m_indexer;
  SqliteStatement m_process_due;
  SqliteStatement m_oldest;
  SqliteStatement m_count_due;
};

}  // namespace payhook
