#include "store/background_checkpoints.h"

#include <utility>

namespace payhook {

namespace {

// For the turn, in which the last pages are moved. Nobody waits for that.
constexpr std::chrono::seconds k_patience{5};

}  // namespace

BackgroundCheckpoints::BackgroundCheckpoints(std::filesystem::path database, int pages)
    : m_database(std::move(database)), m_pages(pages) {}

BackgroundCheckpoints::~BackgroundCheckpoints() {
  {
    const std::lock_guard lock(m_mutex);
    m_ending = true;
  }
  m_changed.notify_one();
  if (m_thread.joinable()) {
    m_thread.join();
  }
}

void BackgroundCheckpoints::begin_when_due(SqliteConnection& writer) noexcept {
  if (!writer.has_written() || !writer.wal_has_grown_by(m_pages)) {
    return;
  }
  const std::lock_guard lock(m_mutex);
  try {
    if (begin()) {
      writer.remember_wal_size();
    }
  } catch (const std::exception&) {
    m_failure = std::current_exception();
  }
}

/// Returns whether one has begun. With m_mutex held.
bool BackgroundCheckpoints::begin() {
  if (m_begun || m_failure) {
    return false;
  }
  if (!m_thread.joinable()) {
    m_thread = std::thread([this] { run(); });
  }
  if (m_checkpointer == nullptr) {
    return false;  // it has to open the database, for which it needs the turn that we have
  }
  m_checkpointer->pin();
  m_begun = true;
  m_changed.notify_one();
  return true;
}

void BackgroundCheckpoints::rethrow_failure() {
  const std::lock_guard lock(m_mutex);
  if (m_failure) {
    std::rethrow_exception(std::exchange(m_failure, nullptr));
  }
}

void BackgroundCheckpoints::run() noexcept {
  try {
    open_and_run();
  } catch (const std::exception&) {
    const std::lock_guard lock(m_mutex);
    m_failure = std::current_exception();
  }
}

void BackgroundCheckpoints::open_and_run() {
  auto checkpointer = std::make_unique<Checkpointer>(m_database);
  std::unique_lock lock(m_mutex);
  m_checkpointer = std::move(checkpointer);
  for (;;) {
    m_changed.wait(lock, [this] { return m_begun || m_ending; });
    if (!m_begun) {
      return;
    }
    lock.unlock();
    std::exception_ptr failure;
    try {
      m_checkpointer->run(k_patience);
    } catch (const StoreTimeout&) {
      // Another program makes a checkpoint, or keeps the turn: the next one will do.
    } catch (const std::exception&) {
      failure = std::current_exception();
    }
    lock.lock();
    m_begun = false;
    if (failure) {
      m_failure = failure;
    }
  }
}

}  // namespace payhook
