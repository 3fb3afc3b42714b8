#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "store/checkpointer.h"

namespace payhook {

/// Checkpoints in a thread of their own, so that their owner does not wait for them. For one
/// owner's thread.
class BackgroundCheckpoints {
 public:
  explicit BackgroundCheckpoints(const std::filesystem::path& database);

  /// Waits for a checkpoint that has begun.
  ~BackgroundCheckpoints();

  BackgroundCheckpoints(const BackgroundCheckpoints&) = delete;
  BackgroundCheckpoints& operator=(const BackgroundCheckpoints&) = delete;

  /// Begins one, unless one is still going on. To be called in the turn, right after a commit.
  void begin() noexcept;

  /// Throws, once, what the last one failed with: StoreUnavailable or StoreBroken.
  void rethrow_failure();

 private:
  void run() noexcept;

  SqliteConnection m_connection;
  Checkpointer m_checkpointer;

  std::mutex m_mutex;
  std::condition_variable m_changed;
  bool m_begun = false;
  bool m_ending = false;
  std::exception_ptr m_failure;

  std::thread m_thread;  // last: it uses all the others
};

}  // namespace payhook
