#include "store/sqlite/flask_database.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sysexits.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "store/sqlite/errors.h"
#include "store/sqlite/schema.h"

namespace payhook {

namespace {

constexpr auto k_rows = R"sql(
  SELECT id, transaction_id, source_account, destination_account, amount, typeof(amount), currency,
         status, created_at, processed_at
  FROM transactions ORDER BY id
)sql";

std::string text_of(const SqliteStatement& row, int column) {
  return row.is_null(column) ? std::string() : std::string(row.text(column));
}

FlaskRow::Amount amount_of(const SqliteStatement& row, int column) {
  const std::string_view type = row.text(column + 1);
  if (type == "real") {
    return row.real(column);
  }
  if (type == "integer") {
    return row.number(column);
  }
  if (type == "null") {
    return std::monostate();
  }
  return std::string(row.text(column));
}

std::int64_t number_of(sqlite3* database, std::string_view sql) {
  SqliteStatement statement(database, sql);
  return statement.step() ? statement.number(0) : 0;
}

/// What to tell of what SQLite has refused.
ProgramError refusal(const std::filesystem::path& file, const StoreUnavailable& why) {
  if (dynamic_cast<const StoreTimeout*>(&why) != nullptr) {
    return {EX_TEMPFAIL, fmt::format("{} is in use: stop the app first", file.string())};
  }
  return {EX_DATAERR,
          fmt::format("{} is not the database of the Flask app: {}", file.string(), why.what())};
}

ProgramError refusal(const std::filesystem::path& file, const StoreBroken& why) {
  if (why.exit_status() == EX_NOPERM) {
    return {EX_DATAERR,
            fmt::format("{} was left in the middle of a write, or cannot be read together with its "
                        "-wal: have sqlite3 open it once (SELECT count(*) FROM transactions), as "
                        "the user to whom it belongs",
                        file.string())};
  }
  return {EX_DATAERR, fmt::format("{} is no SQLite database, or is damaged", file.string())};
}

}  // namespace

void SqliteFlaskDatabase::Close::operator()(sqlite3* database) const noexcept {
  sqlite3_close_v2(database);
}

SqliteFlaskDatabase::SqliteFlaskDatabase(const std::filesystem::path& file)
    : m_file(std::filesystem::absolute(file)) {
  try {
    open();
    begin();
  } catch (const StoreUnavailable& e) {
    throw refusal(m_file, e);
  } catch (const StoreBroken& e) {
    throw refusal(m_file, e);
  }
}

void SqliteFlaskDatabase::open() {
  std::error_code error;
  if (!std::filesystem::is_regular_file(m_file, error)) {
    throw ProgramError(EX_NOINPUT, fmt::format("{}: {}", m_file.string(),
                                               error ? error.message() : "it is no regular file"));
  }
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(m_file.c_str(), &opened,
                      SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  m_database.reset(opened);
  if ((code & 0xff) == SQLITE_CANTOPEN) {
    throw ProgramError(EX_NOPERM,
                       fmt::format("{} cannot be read by this user: run this as root, or as the "
                                   "one to whom it belongs",
                                   m_file.string()));
  }
  check_sqlite(opened, code, "cannot open it");
}

/// One transaction for all: the files are opened now, by whoever the program is now.
void SqliteFlaskDatabase::begin() {
  SqliteStatement(m_database.get(), "PRAGMA trusted_schema = OFF").run();
  SqliteStatement(m_database.get(), "BEGIN").run();
  if (number_of(m_database.get(), "PRAGMA application_id") == k_application_id) {
    throw ProgramError(EX_DATAERR, fmt::format("{} is a database of payhook's: there is nothing to "
                                               "import",
                                               m_file.string()));
  }
  m_rows.emplace(m_database.get(), k_rows);
  m_last_id = number_of(m_database.get(), "SELECT max(id) FROM transactions");
}

std::optional<FlaskRow> SqliteFlaskDatabase::next() try {
  if (!m_rows->step()) {
    return std::nullopt;
  }
  const auto text = [this](int column) { return text_of(*m_rows, column); };
  return FlaskRow{m_rows->number(0), text(1), text(2), text(3), amount_of(*m_rows, 4),
                  text(6),           text(7), text(8), text(9)};
} catch (const StoreUnavailable& e) {
  throw refusal(m_file, e);
} catch (const StoreBroken& e) {
  throw refusal(m_file, e);
}

}  // namespace payhook
