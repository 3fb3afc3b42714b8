#include "tests/end_to_end/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace payhook::test {

namespace {

constexpr off_t k_place = 0;
constexpr off_t k_turn = 1;

UniqueFd open_turn(const std::filesystem::path& database) {
  UniqueFd file(::open(turn_file_of(database).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660));
  if (!file) {
    throw std::system_error(errno, std::generic_category(), "open the turn's file");
  }
  return file;
}

struct flock write_lock(off_t byte) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

void check(sqlite3* database, int code) {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
    throw std::runtime_error(fmt::format("SQLite: {}", sqlite3_errmsg(database)));
  }
}

}  // namespace

std::filesystem::path turn_file_of(const std::filesystem::path& database) {
  return database.string() + ".turn";
}

HeldTurn::HeldTurn(const std::filesystem::path& database) : m_file(open_turn(database)) {
  for (const off_t byte : {k_place, k_turn}) {
    struct flock lock = write_lock(byte);
    while (::fcntl(m_file.get(), F_OFD_SETLKW, &lock) != 0) {
      if (errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "take the turn");
      }
    }
  }
}

bool is_turn_held(const std::filesystem::path& database) {
  const UniqueFd file = open_turn(database);
  struct flock lock = write_lock(k_turn);
  if (::fcntl(file.get(), F_OFD_GETLK, &lock) != 0) {
    throw std::system_error(errno, std::generic_category(), "ask for the turn");
  }
  return lock.l_type != F_UNLCK;
}

void Database::Close::operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }

Database::Database(const std::filesystem::path& file) : m_file(file) {
  const HeldTurn turn(m_file);
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  m_database.reset(opened);
  check(opened, code);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_busy_timeout(opened, 10'000);
  number("SELECT count(*) FROM sqlite_schema");  // only now is the file really open
}

Database::~Database() {
  try {
    const HeldTurn turn(m_file);
    m_database.reset();
  } catch (const std::exception&) {
    m_database.reset();
  }
}

std::vector<std::string> Database::texts(const std::string& sql) const {
  sqlite3_stmt* prepared = nullptr;
  check(m_database.get(),
        sqlite3_prepare_v2(m_database.get(), sql.c_str(), -1, &prepared, nullptr));
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(prepared,
                                                                             sqlite3_finalize);
  std::vector<std::string> texts;
  int code = 0;
  while ((code = sqlite3_step(prepared)) == SQLITE_ROW) {
    const void* const bytes = sqlite3_column_blob(prepared, 0);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared, 0));
    texts.emplace_back(static_cast<const char*>(bytes), bytes == nullptr ? 0 : size);
  }
  check(m_database.get(), code);
  return texts;
}

std::string Database::text(const std::string& sql) const {
  const std::vector<std::string> all = texts(sql);
  if (all.empty()) {
    throw std::runtime_error("no row: " + sql);
  }
  return all.front();
}

std::int64_t Database::number(const std::string& sql) const { return std::stoll(text(sql)); }

void execute(const std::filesystem::path& database, const std::string& sql) {
  sqlite3* opened = nullptr;
  check(opened, sqlite3_open(database.c_str(), &opened));
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> closing(opened, sqlite3_close);
  check(opened, sqlite3_exec(opened, sql.c_str(), nullptr, nullptr, nullptr));
}

void create_with_wal(const std::filesystem::path& database) {
  const std::filesystem::path original = database.string() + ".original";
  sqlite3* opened = nullptr;
  check(opened, sqlite3_open(original.c_str(), &opened));
  {
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> closing(opened, sqlite3_close);
    check(opened, sqlite3_exec(opened,
                               "CREATE TABLE first (id INTEGER); PRAGMA journal_mode = WAL;"
                               "CREATE TABLE second (id INTEGER)",
                               nullptr, nullptr, nullptr));
    // While it is open: closing would move the WAL into the database.
    std::filesystem::copy_file(original, database);
    std::filesystem::copy_file(original.string() + "-wal", database.string() + "-wal");
  }
  std::filesystem::remove(original);
}

void insert_backlog(const std::filesystem::path& database, int count) {
  execute(database, fmt::format(R"sql(
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {})
    INSERT INTO transactions (source, transaction_id, source_account, destination_account, amount,
                              currency, status, created_at, due_at, amount_minor, body,
                              headers, remote_address)
    SELECT 'default', 'backlog_' || n, 'acc_a', 'acc_b', '1.0', 'INR', 'PROCESSING',
           '2020-01-01T00:00:00.000Z', 0, 100, x'7b7d', '', '127.0.0.1' FROM number)sql",
                                count));
}

}  // namespace payhook::test
