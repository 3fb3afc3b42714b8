#pragma once

#include <chrono>

#include "store/sqlite/connection.h"

namespace payhook {

/// Moves the WAL's pages into the database file while others go on writing. Only those that come
/// meanwhile are moved in the turn to write, so that a webhook does not wait for the rest.
///
/// What makes it safe outside the turn is a reading transaction: while it is open no commit can
/// begin the WAL anew, without which SQLite's bug (see WriteTurn) cannot happen.
class Checkpointer {
 public:
  /// Opens two sessions. Throws as SqliteConnection does.
  explicit Checkpointer(const std::filesystem::path& database);

  /// Keeps the WAL from beginning anew until run(). To be called in the turn, right after a commit
  /// that wrote: a reader of a WAL without new pages would not hold it. Throws StoreUnavailable.
  void pin();

  /// Moves and syncs what was committed until pin(), then waits for the turn and moves what has
  /// come since. Throws StoreTimeout (the turn did not come, or another program is making a
  /// checkpoint) or StoreUnavailable, with the WAL no longer held, or StoreBroken: then it is held
  /// until the end of this object.
  /// The thread that calls it need not be that of pin().
  void run(std::chrono::milliseconds patience);

 private:
  void unpin() noexcept;

  SqliteConnection m_copier;
  SqliteConnection m_reader;
  SqliteStatement m_begin_reading;
  SqliteStatement m_read;
  SqliteStatement m_end_reading;
};

}  // namespace payhook
