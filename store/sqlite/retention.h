#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "store/retention.h"
#include "store/sqlite/account_order.h"
#include "store/sqlite/id_index_state.h"
#include "store/sqlite/id_indexer.h"
#include "store/sqlite/late_rows.h"
#include "store/sqlite/pruned_ids.h"
#include "store/sqlite/recorded_acts.h"
#include "store/sqlite/shared_state.h"
#include "store/sqlite/stored_attempts.h"
#include "store/sqlite/writer.h"

namespace payhook {

/// Makes SQLite's tables smaller. Rows are gone through in the order of their arrival, outside the
/// turn to write, and changed in short turns. A row is deleted only once id_index has it: those
/// that memory knows newer ids by stay, so that no key is used twice.
class SqliteRetention final : public Retention {
 public:
  /// `shared` is not owned. Throws as SqliteConnection does.
  explicit SqliteRetention(SharedState& shared,
                           std::chrono::milliseconds patience = SqliteConnection::k_patience);

  bool empty_webhooks(Timestamp before, Timestamp now, Deadline deadline) override;
  FinishedPage finished(const FinishedFilter& filter, std::optional<std::int64_t> after) override;
  PruneResult prune(std::span<const FinishedState> transactions, const Act* act,
                    Deadline deadline) override;

 private:
  template <typename Each, typename AtEnd>
  std::size_t write_some(std::size_t count, Deadline deadline, const Each& each,
                         const AtEnd& at_end);
  std::vector<RowId> not_gone_through(const std::string& before, const std::string& now);
  void go_through(const std::vector<RowId>& rows, const std::string& before, Deadline deadline);
  bool empty_those_left(const std::string& before, Deadline deadline);
  std::optional<FinishedTransaction> finished_row();
  bool are_indexed_until(RowId row, Deadline deadline);
  bool prune_one(const FinishedState& one, const IdHash& hash);

  Writer m_writer;
  IdIndexer m_indexer;
  IdIndexState m_index_state;
  PrunedIds m_pruned;
  AccountOrder m_order;
  RecordedActs m_acts;
  StoredAttempts m_attempts;
  LateRows m_late;
  RowId m_looked_at = 0;  // of the rows that were left

  SqliteStatement m_next;
  SqliteStatement m_empty;
  SqliteStatement m_leave;
  SqliteStatement m_set_emptied_until;
  SqliteStatement m_left;
  SqliteStatement m_leave_no_more;
  SqliteStatement m_finished;
  SqliteStatement m_delete;
  SqliteStatement m_delete_attempts;
  SqliteStatement m_delete_left;
};

}  // namespace payhook
