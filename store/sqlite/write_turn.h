#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>

#include "store/sqlite/turn_file.h"

namespace payhook {

/// The turn to write to a database: of all the sessions that take it, in this process and in
/// others, one at a time has it, and one that has just had it queues up behind those that wait.
///
/// Every write transaction, opening and closing of ours happens inside it, and every checkpoint
/// that no Checkpointer protects. SQLite before 3.51.3 can corrupt a WAL database when one process
/// checkpoints while another's commit resets the WAL, and waiting here is fair and quick where
/// SQLite's busy handler sleeps and polls.
///
/// It is an open-file-description lock on a file beside the database: waiting does not poll, and a
/// crash releases it. Each session has a WriteTurn of its own (two threads with one descriptor
/// would share the lock), used by one thread at a time. It meets the standard's requirements for
/// std::unique_lock with a deadline.
class WriteTurn {
 public:
  /// Opens the file, and creates it where it is missing. Throws std::system_error.
  explicit WriteTurn(const std::filesystem::path& file) : m_file(file) {}

  /// Waits for the turn. Returns false when the deadline passes first. Throws std::system_error.
  [[nodiscard]] bool try_lock_until(std::chrono::steady_clock::time_point deadline);

  /// Whether others had the turn or waited for it when it was taken last.
  bool had_to_wait() const noexcept { return m_had_to_wait; }

  /// Gives the turn to one that waits.
  void unlock() noexcept;

  const TurnFile& file() const noexcept { return m_file; }

 private:
  bool take(off_t byte, std::chrono::steady_clock::time_point deadline);

  TurnFile m_file;
  bool m_had_to_wait = false;
};

}  // namespace payhook
