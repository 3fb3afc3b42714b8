#pragma once

#include <chrono>
#include <mutex>
#include <utility>

#include "store/deadline.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/scoped_transaction.h"
#include "store/sqlite/shared_state.h"

namespace payhook {

class WriteTransaction;

/// The one way to write to a database that is open: in the turn, into the file that was opened,
/// synced, and with a checkpoint when one is due. For one thread at a time.
class Writer {
 public:
  /// After how many pages of 4 KiB in the WAL a checkpoint is due. A page that many commits changed
  /// is written to the database file once. Those of the one who keeps the store come earlier, so
  /// that it makes them while it works.
  static constexpr int k_pages_of_the_keeper = 4096;
  static constexpr int k_pages_of_others = 8192;

  /// Opens a session, as SqliteConnection does. `shared` is not owned.
  Writer(SharedState& shared, int pages_between_checkpoints,
         std::chrono::milliseconds patience = SqliteConnection::k_patience);

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

  SharedState& m_shared;
  SqliteConnection m_connection;
  const int m_pages_between_checkpoints;
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
