#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "store/deadline.h"
#include "store/errors.h"
#include "store/sqlite/failed_sync_listener.h"
#include "store/sqlite/file_identity.h"
#include "store/sqlite/statement.h"
#include "store/sqlite/write_turn.h"

struct sqlite3;

namespace payhook {

/// One session with a payhook database, with every setting that its durability rests on. For one
/// thread at a time.
class SqliteConnection {
 public:
  /// What a session is for. Only one for creating creates a database that is missing or empty; one
  /// for reading refuses to write.
  enum class Use { CREATING, WRITING, READING };

  /// How long opening waits for others. A CGI program starts when its webhook has come, whose
  /// answer is wanted within four seconds.
  static constexpr std::chrono::milliseconds k_patience{3000};

  /// Opens the database in the write turn, and brings its schema up to date where needed. Throws
  /// ProgramError, saying what to do, when it cannot be used, and StoreUnavailable
  /// when it cannot be used now.
  SqliteConnection(const std::filesystem::path& database, Use use,
                   std::chrono::milliseconds patience = k_patience);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  /// For what SQLite does with whole databases.
  sqlite3* handle() const noexcept { return m_database.get(); }

  SqliteStatement prepare(std::string_view sql) { return {m_database.get(), sql}; }
  void execute(const std::string& sql);

  /// Ends a transaction that has begun, without committing it, if there is one.
  void roll_back();

  /// Rows changed by the last statement.
  std::size_t changes() const noexcept;

  /// The length of the WAL as of this session's last commit that wrote, in pages of 4 KiB.
  int wal_pages() const noexcept { return m_wal.pages; }

  /// Whether this session's last transaction has written to the WAL.
  bool has_written() const noexcept { return m_wal.written; }

  /// Moves what it can from the WAL, synced, into the database file, which is synced when that was
  /// all. To be called in the turn, or while a Checkpointer holds the WAL. Throws StoreTimeout when
  /// another program does the same.
  void checkpoint();

  /// Syncs the database file. Throws StoreBroken.
  void sync_database();

  /// Syncs all that was ever written to the WAL, by whichever process. Throws StoreBroken.
  void sync_wal();

  /// Throws StoreBroken when the database file is no longer the one that was opened: what is
  /// written into a file that was moved or removed helps nobody.
  void require_same_file() const;

  /// The turn, taken. Throws StoreTimeout when it does not come before the deadline,
  /// StoreUnavailable when it cannot be waited for, and StoreBroken when a sync has failed, in
  /// whichever process, or when the turn's file was moved or removed.
  [[nodiscard]] std::unique_lock<WriteTurn> take_turn(Deadline deadline);

  const TurnFile& turn_file() const noexcept { return m_turn.file(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };

  /// As of the last commit.
  struct WalState {
    int pages = 0;
    bool written = false;
  };
  static int note_commit(void* state, sqlite3* database, const char* name, int pages);

  std::unique_lock<WriteTurn> lock_turn(Deadline deadline);
  std::unique_lock<WriteTurn> take_turn_to_open(Deadline deadline);
  void open(const std::filesystem::path& file, Use use);
  void close() noexcept;
  void prove_that_it_can_write();
  void tell_others_of_failed_sync() const noexcept;
  void sync_file(int which, const char* what);

  friend class ScopedTransaction;

  const std::filesystem::path m_file;
  WriteTurn m_turn;
  SessionPlace m_place;
  std::unique_ptr<sqlite3, Close> m_database;
  std::optional<FailedSyncListener> m_listener;
  std::optional<SqliteStatement> m_begin;
  std::optional<SqliteStatement> m_commit;
  FileIdentity m_identity;
  WalState m_wal;
};

}  // namespace payhook
