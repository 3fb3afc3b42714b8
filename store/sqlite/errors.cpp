#include "store/sqlite/errors.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sysexits.h>

#include <cerrno>
#include <string>

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
                                     "transactions, and see docs/backups.md");
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

}  // namespace payhook
