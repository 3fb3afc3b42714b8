#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "store/flask_database.h"
#include "store/sqlite/statement.h"

struct sqlite3;

namespace payhook {

/// The app's table in SQLite, by the columns that SQLAlchemy makes of its model. It keeps one
/// snapshot for as long as it exists.
class SqliteFlaskDatabase final : public FlaskDatabase {
 public:
  /// Throws ProgramError, saying what is wrong, for a file that is no such database, or that cannot
  /// be read.
  explicit SqliteFlaskDatabase(const std::filesystem::path& file);

  std::optional<FlaskRow> next() override;
  std::int64_t last_id() override { return m_last_id; }

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };

  void open();
  void begin();

  const std::filesystem::path m_file;
  std::unique_ptr<sqlite3, Close> m_database;
  std::optional<SqliteStatement> m_rows;
  std::int64_t m_last_id = 0;
};

}  // namespace payhook
