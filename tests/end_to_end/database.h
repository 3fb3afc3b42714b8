#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/unique_fd.h"

struct sqlite3;

namespace payhook::test {

/// Where the turn to write to a database lies.
std::filesystem::path turn_file_of(const std::filesystem::path& database);

/// Holds the turn to write, so that all payhook programs wait. It speaks the protocol of the lock
/// file by itself (open-file-description locks: byte 0 is the place in the queue, byte 1 the turn),
/// because programs of another release will speak it too.
class HeldTurn {
 public:
  /// Waits for the turn and keeps it. Throws std::system_error.
  explicit HeldTurn(const std::filesystem::path& database);

 private:
  UniqueFd m_file;
};

/// Whether somebody else holds the turn just now.
bool is_turn_held(const std::filesystem::path& database);

/// A look into a payhook database, read-only, through SQLite itself rather than payhook's code.
/// Opened and closed in the write turn, as everything that touches the database must be.
class Database {
 public:
  /// Throws std::runtime_error, as all member functions do.
  explicit Database(const std::filesystem::path& file);
  ~Database();

  /// The first column of the statement's first row, or of all its rows.
  std::int64_t number(const std::string& sql) const;
  std::string text(const std::string& sql) const;
  std::vector<std::string> texts(const std::string& sql) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };

  const std::filesystem::path m_file;
  std::unique_ptr<sqlite3, Close> m_database;
};

/// Runs SQL with full rights, for preparing databases while no program has them open.
void execute(const std::filesystem::path& database, const std::string& sql);

/// Makes a database such as another program leaves behind that is killed: all it has lies in a WAL.
void create_with_wal(const std::filesystem::path& database);

/// Puts `count` transactions, "backlog_1" and so on, all due, into the database.
void insert_backlog(const std::filesystem::path& database, int count);

}  // namespace payhook::test
