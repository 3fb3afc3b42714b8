#include "store/sqlite/statement.h"

#include <sqlite3.h>

#include "store/sqlite/errors.h"

namespace payhook {

SqliteStatement::SqliteStatement(sqlite3* database, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  check_sqlite(database,
               sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                                  SQLITE_PREPARE_PERSISTENT, &statement, nullptr),
               "cannot prepare a statement");
  m_statement.reset(statement);
}

namespace {

/// SQLite takes no address for NULL; a text without one is an empty text.
const char* address_of(std::string_view bytes) {
  return bytes.data() == nullptr ? "" : bytes.data();
}

}  // namespace

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

void SqliteStatement::bind(int parameter, std::string_view text) {
  check_sqlite(sqlite3_db_handle(m_statement.get()),
               sqlite3_bind_text64(m_statement.get(), parameter, address_of(text), text.size(),
                                   SQLITE_STATIC, SQLITE_UTF8),
               "cannot bind a text");
}

void SqliteStatement::bind(int parameter, std::int64_t number) {
  check_sqlite(sqlite3_db_handle(m_statement.get()),
               sqlite3_bind_int64(m_statement.get(), parameter, number), "cannot bind a number");
}

void SqliteStatement::bind_blob(int parameter, std::string_view bytes) {
  check_sqlite(sqlite3_db_handle(m_statement.get()),
               sqlite3_bind_blob64(m_statement.get(), parameter, address_of(bytes), bytes.size(),
                                   SQLITE_STATIC),
               "cannot bind a blob");
}

bool SqliteStatement::step() {
  const int code = sqlite3_step(m_statement.get());
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code != SQLITE_DONE) {
    sqlite3_reset(m_statement.get());
    check_sqlite(sqlite3_db_handle(m_statement.get()), code, "the database refused a statement");
  }
  return false;
}

void SqliteStatement::run() {
  step();
  reset();
}

void SqliteStatement::reset() noexcept { sqlite3_reset(m_statement.get()); }

std::string_view SqliteStatement::text(int column) const {
  // The text first: the size is that of its UTF-8 form.
  const unsigned char* const text = sqlite3_column_text(m_statement.get(), column);
  const int size = sqlite3_column_bytes(m_statement.get(), column);
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

std::string_view SqliteStatement::blob(int column) const {
  const void* const bytes = sqlite3_column_blob(m_statement.get(), column);
  const int size = sqlite3_column_bytes(m_statement.get(), column);
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::int64_t SqliteStatement::number(int column) const {
  return sqlite3_column_int64(m_statement.get(), column);
}

double SqliteStatement::real(int column) const {
  return sqlite3_column_double(m_statement.get(), column);
}

int SqliteStatement::repreparations() const noexcept {
  return sqlite3_stmt_status(m_statement.get(), SQLITE_STMTSTATUS_REPREPARE, 0);
}

bool SqliteStatement::is_null(int column) const {
  return sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL;
}

}  // namespace payhook
