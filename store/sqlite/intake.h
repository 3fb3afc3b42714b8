#pragma once

#include "store/sqlite/id_index.h"
#include "store/sqlite/id_indexer.h"
#include "store/sqlite/writer.h"
#include "store/transaction_store.h"

namespace payhook {

/// Stores webhooks in SQLite: each call to store() is one transaction with one sync. One webhook
/// that meets a damaged page, or a rule of the schema, keeps no other from being stored.
class SqliteIntake final : public WebhookIntake {
 public:
  /// How much upkeep maintain() does, where the processor has fallen behind.
  enum class Upkeep {
    STEPS,      ///< a short step, and checkpoints in the background
    WHOLE_RUNS  ///< all that is due, up to a bound: for a program that ends then
  };

  /// `recent` is not owned.
  SqliteIntake(const std::filesystem::path& database, RecentIds& recent,
               RowId rows_in_an_index_run = IdIndexer::k_rows_in_a_run,
               Upkeep upkeep = Upkeep::STEPS);

  std::vector<IntakeResult> store(std::span<const IncomingWebhook> webhooks,
                                  Deadline deadline) override;
  void prove_that_it_stores(Deadline deadline) override;
  void maintain(Deadline deadline) override;

 private:
  std::vector<IntakeResult> store_those_that_can_be(Writer::Turn& turn,
                                                    std::span<const IncomingWebhook> webhooks,
                                                    Deadline deadline);
  std::vector<IntakeResult> store_together(Writer::Turn& turn,
                                           std::span<const IncomingWebhook> webhooks);
  void maintain_before_end(Deadline deadline);
  IntakeResult store_one(const IncomingWebhook& webhook);
  enum class Known { NOT, WITH_THE_SAME_VALUES, WITH_OTHER_VALUES };
  Known look_up(const Transaction& transaction);
  void insert(const IncomingWebhook& webhook);
  IntakeResult record_conflict(const IncomingWebhook& webhook);
  bool is_recorded(const Transaction& transaction);

  const Upkeep m_upkeep;
  BackgroundCheckpoints m_checkpoints;
  Writer m_writer;
  RecentIds& m_recent;
  IdIndex m_ids;
  const std::size_t m_unindexed_at_most;
  IdIndexer m_indexer;
  bool m_indexing = false;
  SqliteStatement m_insert;
  SqliteStatement m_find;
  SqliteStatement m_record_conflict;
  SqliteStatement m_find_conflict;
};

}  // namespace payhook
