#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "store/operations.h"
#include "store/sqlite/account_order.h"
#include "store/sqlite/id_index.h"
#include "store/sqlite/recorded_acts.h"
#include "store/sqlite/shared_state.h"
#include "store/sqlite/writer.h"

namespace payhook {

/// What operators do to SQLite's tables.
class SqliteOperations final : public Operations {
 public:
  /// `shared` is not owned. Throws as SqliteConnection does.
  explicit SqliteOperations(SharedState& shared,
                            std::chrono::milliseconds patience = SqliteConnection::k_patience);

  ActResult requeue(std::string_view source, std::string_view transaction_id, const Act& act,
                    Deadline deadline) override;
  std::size_t requeue_failed(const FailedFilter& filter, std::size_t limit, const Act& act,
                             Deadline deadline) override;
  ActResult cancel(std::string_view source, std::string_view transaction_id, const Act& act,
                   Deadline deadline) override;
  ActResult replay(std::string_view source, std::string_view transaction_id, const Act& act,
                   Deadline deadline) override;
  bool pause(const Act& act, Deadline deadline) override;
  bool resume(const Act& act, Deadline deadline) override;
  void record(WholeStoreAct what, const Act& act, Deadline deadline) override;

 private:
  std::optional<RowId> find(std::string_view source, std::string_view transaction_id);
  template <typename Change>
  ActResult change_one(std::string_view source, std::string_view transaction_id, Deadline deadline,
                       const Change& change);
  ActResult put_back(RowId row, std::string_view status, std::string_view operation,
                     const Act& act);
  bool switch_pause(SqliteStatement& statement, std::string_view operation, const Act& act,
                    Deadline deadline);
  void commit(WriteTransaction& transaction);

  Writer m_writer;
  IdIndex m_ids;
  AccountOrder m_order;
  SqliteStatement m_find;
  SqliteStatement m_put_back;
  SqliteStatement m_running;
  SqliteStatement m_forgive;
  SqliteStatement m_failed;
  SqliteStatement m_cancel;
  SqliteStatement m_pause;
  SqliteStatement m_resume;
  RecordedActs m_acts;
};

}  // namespace payhook
