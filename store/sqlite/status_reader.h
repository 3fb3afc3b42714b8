#pragma once

#include <chrono>

#include "store/sqlite/connection.h"
#include "store/sqlite/id_index.h"
#include "store/sqlite/shared_state.h"
#include "store/status_reader.h"

namespace payhook {

/// Looks transactions up in SQLite. Reads never wait for writers.
class SqliteStatusReader final : public StatusReader {
 public:
  /// `shared` is not owned. Throws as SqliteConnection does.
  explicit SqliteStatusReader(SharedState& shared,
                              std::chrono::milliseconds patience = SqliteConnection::k_patience);

  std::optional<StoredTransaction> find(std::string_view source,
                                        std::string_view transaction_id) override;

 private:
  StoredTransaction row() const;

  SqliteConnection m_connection;
  IdIndex m_ids;
  SqliteStatement m_find;
};

}  // namespace payhook
