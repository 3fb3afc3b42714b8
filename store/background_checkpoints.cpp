#include "store/background_checkpoints.h"

#include <utility>

namespace payhook {

namespace {

// For the turn, in which the last pages are moved. Nobody waits for that.
constexpr std::chrono::seconds k_patience{1};

}  // namespace

BackgroundCheckpoints::BackgroundCheckpoints(const std::filesystem::path& database)
    : m_connection(database, SqliteConnection::Use::WRITING),
      m_checkpointer(database, m_connection),
      m_thread([this] { run(); }) {}

BackgroundCheckpoints::~BackgroundCheckpoints() {
  {
    const std::lock_guard lock(m_mutex);
    m_ending = true;
  }
  m_changed.notify_one();
  m_thread.join();
}

void BackgroundCheckpoints::begin() noexcept {
  {
    const std::lock_guard lock(m_mutex);
    if (m_begun) {
      return;
    }
    try {
      m_checkpointer.pin();
      m_begun = true;
    } catch (const std::exception&) {
      m_failure = std::current_exception();
    }
  }
  m_changed.notify_one();
}

void BackgroundCheckpoints::rethrow_failure() {
  const std::lock_guard lock(m_mutex);
  if (m_failure) {
    std::rethrow_exception(std::exchange(m_failure, nullptr));
  }
}

void BackgroundCheckpoints::run() noexcept {
  std::unique_lock lock(m_mutex);
  for (;;) {
    m_changed.wait(lock, [this] { return m_begun || m_ending; });
    if (!m_begun) {
      return;
    }
    lock.unlock();
    std::exception_ptr failure;
    try {
      m_checkpointer.run(std::chrono::steady_clock::now() + k_patience);
    } catch (const StoreTimeout&) {
      // Another program makes a checkpoint, or has the turn: the next one will do.
    } catch (const std::exception&) {
      failure = std::current_exception();
    }
    lock.lock();
    m_failure = failure;
    m_begun = false;
  }
}

}  // namespace payhook
