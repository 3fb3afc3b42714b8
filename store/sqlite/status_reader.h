#pragma once

#include "store/sqlite/connection.h"
#include "store/sqlite/id_index.h"
#include "store/transaction_store.h"

namespace payhook {

/// Looks transactions up in SQLite. Reads never wait for writers.
class SqliteStatusReader final : public StatusReader {
 public:
  /// `recent` is not owned.
  SqliteStatusReader(const std::filesystem::path& database, RecentIds& recent);

  std::optional<StoredTransaction> find(std::string_view transaction_id) override;

 private:
  std::optional<StoredTransaction> look_up(std::string_view transaction_id);
  StoredTransaction row() const;

  SqliteConnection m_connection;
  IdIndex m_ids;
  SqliteStatement m_find;
};

}  // namespace payhook
