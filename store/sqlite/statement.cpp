#include "store/sqlite/statement.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sysexits.h>

#include <cerrno>

#include "store/sqlite/errors.h"
#include "store/sqlite/failed_sync_listener.h"

namespace payhook {

namespace {

/// SQLite says that the file is corrupt also where the disk has failed to read it, and
/// sqlite3_system_errno() does not tell the one from the other: the file itself does.
bool cannot_be_read(sqlite3* database) {
  for (const int which : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
    sqlite3_file* file = nullptr;
    int error = 0;
    if (sqlite3_file_control(database, "main", which, &file) == SQLITE_OK && file != nullptr &&
        file->pMethods != nullptr) {
      file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
    }
    if (error == EIO || error == ENXIO || error == ERANGE) {
      return true;
    }
  }
  return false;
}

[[noreturn]] void throw_damaged(sqlite3* database, const std::string& message) {
  if (database != nullptr && cannot_be_read(database)) {
    throw StoreRefused(message +
                       "; the disk has failed to read it: see to the disk (journalctl -k) before "
                       "you do anything to the file");
  }
  throw StoreDamaged(EX_DATAERR, message +
                                     "; keep the file together with its -wal, which has the newest "
                                     "transactions, and see docs/operations.md, \"To restore\"");
}

}  // namespace

void check_sqlite(sqlite3* database, int code, std::string_view what) {
  if (code == SQLITE_OK) {
    return;
  }
  const std::string message = database == nullptr
                                  ? fmt::format("{}: {}", what, sqlite3_errstr(code))
                                  : fmt::format("{}: {}: {}", sqlite3_db_filename(database, "main"),
                                                what, sqlite3_errmsg(database));
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
    tell_of_failed_sync(database);
    // After a failed sync the kernel may have dropped the pages it could not write, and a second
    // sync would succeed without them. Only a fresh start from the disk tells what is there.
    throw StoreBroken(EX_IOERR, message);
  }
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw_damaged(database, message);
    case SQLITE_READONLY:
      throw StoreBroken(EX_NOPERM, message +
                                       "; see the owner and the mode of the file, its -wal and "
                                       "its -shm, and whether the file system can be written");
    case SQLITE_BUSY:
      throw StoreTimeout(message);
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
      throw StoreRefused(message);
    default:
      throw StoreUnavailable(message);
  }
}

SqliteStatement::SqliteStatement(sqlite3* database, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  check_sqlite(database,
               sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                                  SQLITE_PREPARE_PERSISTENT, &statement, nullptr),
               "cannot prepare a statement");
  m_statement.reset(statement);
}

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

void SqliteStatement::bind(int parameter, std::string_view text) {
  check_sqlite(sqlite3_db_handle(m_statement.get()),
               sqlite3_bind_text64(m_statement.get(), parameter, text.data(), text.size(),
                                   SQLITE_STATIC, SQLITE_UTF8),
               "cannot bind a text");
}

void SqliteStatement::bind(int parameter, std::int64_t number) {
  check_sqlite(sqlite3_db_handle(m_statement.get()),
               sqlite3_bind_int64(m_statement.get(), parameter, number), "cannot bind a number");
}

void SqliteStatement::bind_blob(int parameter, std::string_view bytes) {
  check_sqlite(
      sqlite3_db_handle(m_statement.get()),
      sqlite3_bind_blob64(m_statement.get(), parameter, bytes.data(), bytes.size(), SQLITE_STATIC),
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

int SqliteStatement::repreparations() const noexcept {
  return sqlite3_stmt_status(m_statement.get(), SQLITE_STMTSTATUS_REPREPARE, 0);
}

bool SqliteStatement::is_null(int column) const {
  return sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL;
}

}  // namespace payhook
