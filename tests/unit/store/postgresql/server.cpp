#include "tests/unit/store/postgresql/server.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "store/postgresql/connection.h"
#include "store/postgresql/store.h"

namespace payhook::test {

namespace {

/// Of Debian's newest version of PostgreSQL.
std::string programs() {
  std::string newest;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    newest = std::max(newest, entry.path().string());
  }
  if (newest.empty()) {
    throw std::runtime_error("there is no PostgreSQL in /usr/lib/postgresql");
  }
  return newest + "/bin";
}

// TRUNCATE makes new files, and would take longer than most cases do.
constexpr auto k_empty_tables = R"sql(
  DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables
                WHERE schemaname = 'payhook' AND tablename <> 'schema_version'
                ORDER BY tablename = 'kept_sizes' LOOP
      EXECUTE format('DELETE FROM payhook.%I', name);
    END LOOP;
  END $$
)sql";

void run(const std::string& command) {
  const std::string as_nobody = ::geteuid() == 0 ? "setpriv --reuid=nobody --regid=nogroup "
                                                   "--clear-groups "
                                                 : "";
  // NOLINTNEXTLINE(concurrency-mt-unsafe): a test's own shell
  if (std::system((as_nobody + command).c_str()) != 0) {
    throw std::runtime_error("it failed: " + command);
  }
}

}  // namespace

PostgresqlServer& PostgresqlServer::instance() {
  static PostgresqlServer server;
  return server;
}

PostgresqlServer::PostgresqlServer() {
  std::string name =
      (std::filesystem::temp_directory_path() / "payhook-postgresql.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "mkdtemp " + name);
  }
  m_directory = name;
  if (::geteuid() == 0) {
    const passwd* const nobody = ::getpwnam("nobody");  // NOLINT(concurrency-mt-unsafe)
    if (nobody == nullptr || ::chown(name.c_str(), nobody->pw_uid, nobody->pw_gid) != 0) {
      throw std::system_error(errno, std::generic_category(), "chown " + name);
    }
  }
  run(
      fmt::format("{0}/initdb -D {1}/data -U payhook -A trust -E UTF8 --locale=C.UTF-8 --no-sync "
                  "--no-instructions > {1}/initdb.log",
                  programs(), m_directory));
  start();
}

PostgresqlServer::~PostgresqlServer() {
  try {
    stop_at_once();
  } catch (const std::exception&) {  // it has not started
  }
  std::error_code ignored;
  std::filesystem::remove_all(m_directory, ignored);
}

void PostgresqlServer::start() {
  run(
      fmt::format("{0}/pg_ctl -D {1}/data -l {1}/log -w -s -o \"-k {1} -c listen_addresses='' "
                  "-c fsync=off -c max_connections=50\" start",
                  programs(), m_directory));
}

void PostgresqlServer::stop_at_once() {
  run(fmt::format("{}/pg_ctl -D {}/data -m immediate -w -s stop", programs(), m_directory));
}

void PostgresqlServer::empty_tables() {
  if (!m_has_tables) {
    create_postgresql_tables(conninfo());
    m_has_tables = true;
  }
  postgresql::Connection connection(conninfo());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  connection.open(deadline);
  connection.add(k_empty_tables);
  connection.run(deadline);
}

std::string PostgresqlServer::conninfo(const std::string& database) const {
  return fmt::format("host={} user=payhook dbname={}", m_directory, database);
}

}  // namespace payhook::test
