#pragma once

#include <string>

namespace payhook::test {

/// A PostgreSQL server of this program's own, from Debian's packages: in a temporary directory, on
/// a Unix socket only, without syncs. It starts when it is first asked for, and ends with the
/// program. As root it runs as the user nobody.
class PostgresqlServer {
 public:
  /// Throws std::runtime_error when it cannot be started.
  static PostgresqlServer& instance();

  /// Of a database of this name, which has to be there.
  std::string conninfo(const std::string& database = "postgres") const;

  const std::string& directory() const noexcept { return m_directory; }

  /// Creates payhook's tables in the database postgres where they are missing, and empties them.
  void empty_tables();

  void start();
  /// As its machine's loss of power would be: without a word.
  void stop_at_once();

  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;
  ~PostgresqlServer();

 private:
  PostgresqlServer();

  std::string m_directory;
  bool m_has_tables = false;
};

}  // namespace payhook::test
