#pragma once

#include <filesystem>
#include <mutex>
#include <utility>

#include "store/sqlite/background_checkpoints.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/wal_watch.h"

namespace payhook {

class WriteTransaction;

/// The one way to write to a database that is open: in the turn, into the file that was opened,
/// synced, and with a checkpoint when one is due. For one thread at a time.
class Writer {
 public:
  /// Opens a session, as SqliteConnection does. A checkpoint is due once the WAL has grown by so
  /// many pages of 4 KiB; without `checkpoints`, which is not owned, nobody makes any.
  Writer(const std::filesystem::path& database, BackgroundCheckpoints* checkpoints,
         int pages_between_checkpoints);

  /// To prepare statements with.
  SqliteConnection& connection() noexcept { return m_connection; }

  /// The turn to write, for one transaction after the other.
  class Turn {
   public:
    /// Throws StoreUnavailable or StoreBroken.
    WriteTransaction begin();

    /// Whether others had the turn, or waited for it, when it was taken.
    bool had_to_wait() const noexcept { return m_lock.mutex()->had_to_wait(); }

   private:
    friend class Writer;
    Turn(Writer& writer, std::unique_lock<WriteTurn> lock) noexcept
        : m_writer(writer), m_lock(std::move(lock)) {}

    Writer& m_writer;
    std::unique_lock<WriteTurn> m_lock;
  };

  /// Throws as SqliteConnection::take_turn() does, and StoreBroken when the database is no longer
  /// the file that was opened.
  [[nodiscard]] Turn take_turn(Deadline deadline);

 private:
  friend class WriteTransaction;
  void after_commit();

  SqliteConnection m_connection;
  BackgroundCheckpoints* const m_checkpoints;
  const int m_pages_between_checkpoints;
  WalWatch m_wal_watch;
};

/// Rolled back unless committed.
class WriteTransaction {
 public:
  /// Returns once the transaction is synced to disk. Throws StoreUnavailable or StoreBroken.
  void commit();

 private:
  friend class Writer::Turn;
  explicit WriteTransaction(Writer& writer)
      : m_writer(writer), m_transaction(writer.m_connection) {}

  Writer& m_writer;
  ScopedTransaction m_transaction;
};

}  // namespace payhook
