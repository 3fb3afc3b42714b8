#pragma once

#include "store/sqlite_connection.h"

namespace payhook {

/// Moves the WAL's pages into the database file while others go on writing. Only the last few are
/// moved in the turn to write, so that a webhook does not wait for the rest.
///
/// What makes checkpoints outside the turn safe is a reading transaction: while it is open no
/// writer can begin the WAL anew, which is the half of SQLite's bug that corrupts (see WriteTurn).
class Checkpointer {
 public:
  /// `connection` makes the checkpoints, in the thread that calls run(). It is not owned.
  Checkpointer(const std::filesystem::path& database, SqliteConnection& connection);

  /// Keeps the WAL from beginning anew until run(). To be called in the turn, right after a commit:
  /// a reader of a WAL without new pages would not hold it.
  void pin();

  /// Moves what was committed until pin(), then takes the turn for what has come since. Throws
  /// StoreTimeout (the turn did not come, or another program makes a checkpoint), StoreUnavailable
  /// or StoreBroken; the WAL is no longer held in any case.
  void run(Deadline deadline);

 private:
  SqliteConnection& m_connection;
  SqliteConnection m_reader;
  SqliteStatement m_begin_reading;
  SqliteStatement m_read;
  SqliteStatement m_end_reading;
};

}  // namespace payhook
