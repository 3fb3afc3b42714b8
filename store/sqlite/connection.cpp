#include "store/sqlite/connection.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <system_error>

#include "core/log.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/errors.h"
#include "store/sqlite/migration.h"
#include "store/sqlite/page_cache.h"
#include "store/sqlite/scoped_transaction.h"

namespace payhook {

namespace {

// How long closing waits for its turn.
constexpr std::chrono::milliseconds k_close_patience{100};

WriteTurn open_turn(const std::filesystem::path& database) {
  try {
    return WriteTurn(TurnFile::beside(database));
  } catch (const std::system_error& e) {
    require_directory(database.parent_path());
    throw ProgramError(EX_CANTCREAT,
                       fmt::format("{}: make the directory {} and its files writable for user id "
                                   "{}, or change 'database' in the configuration",
                                   e.what(), database.parent_path().string(), ::geteuid()));
  }
}

/// SQLite would count every allocation, under one lock for all threads.
void initialize_sqlite() {
  // Refused when somebody else in this process has used SQLite before: slower then, no worse.
  [[maybe_unused]] static const int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace

SqliteConnection::SqliteConnection(const std::filesystem::path& database, Use use,
                                   std::chrono::milliseconds patience)
    : m_file(database),
      m_turn(open_turn(use == Use::CREATING ? database : require_database(database))),
      m_place(m_turn.file()) {
  initialize_sqlite();
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  try {
    const auto turn = take_turn_to_open(deadline);
    refuse_orphaned_wal(database);
    refuse_foreign_file(database);
    if (m_place.is_alone()) {
      forget_cached_pages(database, m_turn.file());
    }
    try {
      open(database, use);
      if (!m_place.enter(deadline)) {
        throw StoreTimeout(
            "another payhook program that opens the database keeps this one waiting");
      }
    } catch (...) {
      close();  // in the turn
      throw;
    }
  } catch (const std::system_error& e) {
    throw StoreUnavailable(e.what());
  } catch (const StoreBroken& e) {
    if (e.exit_status() != EX_NOPERM) {
      throw;
    }
    // Nothing was written: a file that can only be read, for want of a descriptor perhaps, keeps it
    // from being opened now, and breaks nothing.
    throw ProgramError(EX_NOPERM, e.what());
  }
}

/// Where a sync has failed it is taken once all that were there have ended.
std::unique_lock<WriteTurn> SqliteConnection::take_turn_to_open(Deadline deadline) {
  for (;;) {
    auto turn = lock_turn(deadline);
    m_turn.file().require_in_place();
    if (m_place.is_alone() || m_turn.file().condition() != TurnFile::Condition::BROKEN) {
      return turn;
    }
    turn.unlock();
    if (!m_place.wait_until_alone(deadline)) {
      throw StoreTimeout(
          "the disk failed to take what was written, and other payhook programs still have the "
          "database open: they end by themselves, or stop them");
    }
  }
}

SqliteConnection::~SqliteConnection() {
  try {
    // Outside its turn closing still works; another session may then be told to wait. But while one
    // is in its turn that has not heard of a failed sync, the WAL must not begin anew.
    const bool broken = m_turn.file().condition() == TurnFile::Condition::BROKEN;
    const std::unique_lock turn(
        m_turn, std::chrono::steady_clock::now() + (broken ? k_patience : k_close_patience));
    close();
    if (turn) {
      m_place.leave();
    }
  } catch (const std::exception& e) {
    log::report(log::Event::STORE_TROUBLE, "closing the database: {}", e.what());
  }
}

void SqliteConnection::close() noexcept {
  m_begin.reset();
  m_commit.reset();
  m_listener.reset();
  m_database.reset();
}

void SqliteConnection::Close::operator()(sqlite3* database) const noexcept {
  sqlite3_close_v2(database);
}

void SqliteConnection::open(const std::filesystem::path& file, Use use) {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                          (use == Use::CREATING ? SQLITE_OPEN_CREATE : 0),
                      nullptr);
  m_database.reset(opened);
  m_listener.emplace(opened, [this] { tell_others_of_failed_sync(); });
  if (code == SQLITE_CANTOPEN || (code == SQLITE_OK && sqlite3_db_readonly(opened, "main") == 1)) {
    throw not_permitted(file);
  }
  check_sqlite(opened, code, "cannot open the database");

  // Closing must not checkpoint: checkpoints are made on purpose, and in the write turn.
  sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // Only a program that does not know the turn can keep the database busy.
  sqlite3_busy_timeout(opened, 250);
  execute("PRAGMA trusted_schema = OFF");
  execute("PRAGMA foreign_keys = ON");
  execute("PRAGMA mmap_size = 0");
  // Debian builds SQLite to overwrite whatever it frees, down to a page's unused bytes.
  execute("PRAGMA secure_delete = OFF");
  execute("PRAGMA synchronous = FULL");
  m_begin = prepare("BEGIN IMMEDIATE");
  m_commit = prepare("COMMIT");
  migrate(*this, file, use == Use::CREATING ? MissingSchema::CREATE : MissingSchema::REFUSE);

  SqliteStatement journal_mode = prepare("PRAGMA journal_mode = WAL");
  if (!journal_mode.step() || journal_mode.text(0) != "wal") {
    throw ProgramError(EX_CANTCREAT,
                       fmt::format("{} cannot use a write-ahead log: put the database on a local "
                                   "file system",
                                   file.string()));
  }
  journal_mode.reset();
  execute("PRAGMA wal_autocheckpoint = 0");
  execute("PRAGMA journal_size_limit = 67108864");
  execute("SELECT 1 FROM transactions LIMIT 1");  // opens the WAL, while we have the turn
  m_identity = identity_of(file);
  sqlite3_wal_hook(opened, note_commit, &m_wal);
  prove_that_it_can_write();
  if (use == Use::READING) {
    execute("PRAGMA query_only = ON");
  }
}

/// A WAL that could only be opened for reading, for want of a descriptor or a permission, would
/// refuse every write until it is opened again.
void SqliteConnection::prove_that_it_can_write() {
  try {
    const ScopedTransaction transaction(*this);
  } catch (const StoreTimeout&) {
    return;  // a program that takes no turns is writing: it can be written
  }
}

void SqliteConnection::tell_others_of_failed_sync() const noexcept {
  try {
    m_turn.file().set_condition(TurnFile::Condition::BROKEN);
  } catch (const std::exception& e) {
    log::report(log::Event::STORE_FAILURE,
                "a sync failed, and other payhook programs cannot be told: stop all of them before "
                "any starts again: {}",
                e.what());
  }
}

void SqliteConnection::execute(const std::string& sql) {
  check_sqlite(m_database.get(),
               sqlite3_exec(m_database.get(), sql.c_str(), nullptr, nullptr, nullptr),
               "the database refused a statement");
}

void SqliteConnection::roll_back() {
  // Some failures (a full disk) have made SQLite do it already.
  if (sqlite3_get_autocommit(m_database.get()) == 0) {
    execute("ROLLBACK");
  }
}

std::size_t SqliteConnection::changes() const noexcept {
  return static_cast<std::size_t>(sqlite3_changes64(m_database.get()));
}

void SqliteConnection::checkpoint() {
  check_sqlite(m_database.get(),
               sqlite3_wal_checkpoint_v2(m_database.get(), "main", SQLITE_CHECKPOINT_PASSIVE,
                                         nullptr, nullptr),
               "cannot checkpoint the database");
}

void SqliteConnection::sync_wal() {
  sync_file(SQLITE_FCNTL_JOURNAL_POINTER, "cannot sync the WAL");
}

void SqliteConnection::sync_database() {
  sync_file(SQLITE_FCNTL_FILE_POINTER, "cannot sync the database");
}

/// Through SQLite's own descriptor: one that is opened later may not be told of an earlier failure.
void SqliteConnection::sync_file(int which, const char* what) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(m_database.get(), "main", which, &file);
  if (file != nullptr && file->pMethods != nullptr) {
    const int code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK) {
      tell_others_of_failed_sync();
    }
    check_sqlite(nullptr, code, what);
  }
}

int SqliteConnection::note_commit(void* state, sqlite3* /*database*/, const char* /*name*/,
                                  int pages) {
  *static_cast<WalState*>(state) = {pages, true};
  return SQLITE_OK;
}

void SqliteConnection::require_same_file() const {
  if (identity_of(m_file) != m_identity) {
    throw StoreBroken(EX_IOERR, fmt::format("{} was moved or removed while it was in use: stop all "
                                            "payhook programs before you do that",
                                            m_file.string()));
  }
}

std::unique_lock<WriteTurn> SqliteConnection::take_turn(Deadline deadline) {
  auto turn = lock_turn(deadline);
  m_turn.file().require_whole();
  return turn;
}

std::unique_lock<WriteTurn> SqliteConnection::lock_turn(Deadline deadline) {
  try {
    std::unique_lock turn(m_turn, deadline);
    if (!turn) {
      throw StoreTimeout(
          "the turn to write did not come in time: another payhook program holds it");
    }
    return turn;
  } catch (const std::system_error& e) {
    throw StoreUnavailable(e.what());
  }
}

}  // namespace payhook
