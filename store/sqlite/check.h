#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "store/maintenance.h"
#include "store/sqlite/account_order.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/id_index.h"
#include "store/sqlite/recent_ids.h"

namespace payhook {

/// Looks at all of a database that is in use. Each look is a read transaction of its own, so that
/// the WAL can begin anew between two of them: some thousand rows, or SQLite's own check of one
/// table, which cannot be parted. For one thread.
class DatabaseCheck {
 public:
  /// The functions are not owned. Throws as SqliteConnection does.
  DatabaseCheck(const std::filesystem::path& database, const OnFlaw& on_flaw,
                const OnProgress& on_progress);

  /// Whether pages, tables and indexes are as SQLite wants them.
  void check_structure();

  /// Whether each transaction can be read, is found by its id alone, and will be processed. Returns
  /// how many there are.
  std::int64_t check_transactions();

  /// Whether each attempt is one of a transaction.
  void check_attempts();

 private:
  void check_table(const std::string& name);
  bool check_some_transactions();
  bool knows_newest_ids();
  void check_transaction(RowId row);
  void check_id(RowId row);
  bool has_id_of_row(RowId other);
  void go_on_after(const std::string& why);
  void skip_damage(const std::string& why);
  bool is_readable_from(RowId row);
  RowId newest_row();
  void report(RowId row, std::string_view what, std::string_view remedy) const;

  SqliteConnection m_connection;
  const OnFlaw& m_on_flaw;
  const OnProgress& m_on_progress;
  RecentIds m_recent;
  IdIndex m_ids;
  AccountOrder m_order;
  SqliteStatement m_rows;
  SqliteStatement m_has_id;
  SqliteStatement m_attempts;
  bool m_knows_ids = true;
  RowId m_looks_at = 0;
  RowId m_seen_until = 0;
  std::int64_t m_transactions = 0;
};

}  // namespace payhook
