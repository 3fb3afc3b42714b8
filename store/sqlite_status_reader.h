#pragma once

#include "store/sqlite_connection.h"
#include "store/transaction_store.h"

namespace payhook {

/// Looks transactions up in SQLite. Reads never wait for writers.
class SqliteStatusReader final : public StatusReader {
 public:
  explicit SqliteStatusReader(const std::filesystem::path& database);

  std::optional<StoredTransaction> find(std::string_view transaction_id) override;

 private:
  StoredTransaction row() const;

  SqliteConnection m_connection;
  SqliteStatement m_find;
};

}  // namespace payhook
