#pragma once

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "store/sqlite/checkpointer.h"
#include "store/sqlite/wal_watch.h"

namespace payhook {

/// Checkpoints in a thread of their own, so that those who write do not wait for them. Any thread
/// may call the member functions.
class BackgroundCheckpoints {
 public:
  explicit BackgroundCheckpoints(std::filesystem::path database);

  /// Waits for one that has begun.
  ~BackgroundCheckpoints();

  BackgroundCheckpoints(const BackgroundCheckpoints&) = delete;
  BackgroundCheckpoints& operator=(const BackgroundCheckpoints&) = delete;

  /// Begins one if the WAL has grown by so many pages of 4 KiB since the last began, and tells of a
  /// WAL that has grown far beyond that. To be called in the turn, right after each commit.
  void begin_when_due(const SqliteConnection& writer, int pages) noexcept;

  /// Throws, once, what one has failed with: StoreUnavailable (the next that is due is another
  /// try) or StoreBroken.
  void rethrow_failure();

 private:
  /// What the thread has to do.
  enum class Task { NONE, OPEN, CHECKPOINT };

  bool begin();
  bool has_grown_by(int pages, int wal_pages) noexcept;
  void run() noexcept;
  void perform(Task task);
  void open();

  const std::filesystem::path m_database;

  std::mutex m_mutex;
  std::condition_variable m_changed;
  WalWatch m_wal_watch;
  int m_wal_pages = 0;                           // when the last one began
  std::unique_ptr<Checkpointer> m_checkpointer;  // once the thread has opened it
  Task m_task = Task::NONE;
  bool m_ending = false;
  std::exception_ptr m_failure;

  std::thread m_thread;  // from the first one that is due; last: it uses all the others
};

}  // namespace payhook
