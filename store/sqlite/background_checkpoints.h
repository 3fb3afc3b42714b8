#pragma once

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "store/sqlite/checkpointer.h"

namespace payhook {

/// Checkpoints in a thread of their own, so that the one that writes does not wait for them. All
/// member functions are for that writer's thread.
class BackgroundCheckpoints {
 public:
  /// One each time that the WAL has grown by so many pages of 4 KiB.
  BackgroundCheckpoints(std::filesystem::path database, int pages);

  /// Waits for one that has begun.
  ~BackgroundCheckpoints();

  BackgroundCheckpoints(const BackgroundCheckpoints&) = delete;
  BackgroundCheckpoints& operator=(const BackgroundCheckpoints&) = delete;

  /// Begins one if it is due. To be called in the turn, right after each commit.
  void begin_when_due(SqliteConnection& writer) noexcept;

  /// Throws, once, what one has failed with: StoreUnavailable (the next that is due is another
  /// try) or StoreBroken.
  void rethrow_failure();

 private:
  /// What the thread has to do.
  enum class Task { NONE, OPEN, CHECKPOINT };

  bool begin();
  void run() noexcept;
  void perform(Task task);
  void open();

  const std::filesystem::path m_database;
  const int m_pages;

  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::unique_ptr<Checkpointer> m_checkpointer;  // once the thread has opened it
  Task m_task = Task::NONE;
  bool m_ending = false;
  std::exception_ptr m_failure;

  std::thread m_thread;  // from the first one that is due; last: it uses all the others
};

}  // namespace payhook
