#include "store/sqlite/background_checkpoints.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace payhook {

namespace {

// For the turn, in which the last pages are moved. Nobody waits for that.
constexpr std::chrono::seconds k_patience{5};

}  // namespace

BackgroundCheckpoints::BackgroundCheckpoints(std::filesystem::path database)
    : m_database(std::move(database)) {}

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

void BackgroundCheckpoints::begin_when_due(const SqliteConnection& writer, int pages) noexcept {
  const std::lock_guard lock(m_mutex);
  m_wal_watch.look(writer.wal_pages());
  if (!writer.has_written() || !has_grown_by(pages, writer.wal_pages())) {
    return;
  }
  try {
    if (begin()) {
      m_wal_pages = writer.wal_pages();
    }
  } catch (const std::system_error& e) {
    m_failure = std::make_exception_ptr(
        StoreUnavailable(fmt::format("no thread for checkpoints: {}", e.what())));
  } catch (const std::exception&) {
    m_failure = std::current_exception();
  }
}

/// (The WAL's length alone says little: while somebody reads, it cannot begin anew.) With m_mutex
/// held.
bool BackgroundCheckpoints::has_grown_by(int pages, int wal_pages) noexcept {
  if (wal_pages < m_wal_pages) {
    m_wal_pages = 0;  // the WAL began anew
  }
  return wal_pages - m_wal_pages >= pages;
}

/// Returns whether one has begun. With m_mutex held.
bool BackgroundCheckpoints::begin() {
  if (m_task != Task::NONE || m_failure) {
    return false;
  }
  if (!m_thread.joinable()) {
    m_thread = std::thread([this] { run(); });
  }
  const bool open = m_checkpointer != nullptr;
  if (open) {
    m_checkpointer->pin();
  }
  // It has to open the database first, for which it needs the turn that we have.
  m_task = open ? Task::CHECKPOINT : Task::OPEN;
  m_changed.notify_one();
  return open;
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
    m_changed.wait(lock, [this] { return m_task != Task::NONE || m_ending; });
    if (m_task == Task::NONE) {
      return;
    }
    const Task task = m_task;
    lock.unlock();
    std::exception_ptr failure;
    try {
      perform(task);
    } catch (const std::exception&) {
      failure = std::current_exception();
    }
    lock.lock();
    m_task = Task::NONE;
    if (failure) {
      m_failure = failure;
    }
  }
}

void BackgroundCheckpoints::perform(Task task) {
  if (task == Task::OPEN) {
    open();
    return;
  }
  try {
    m_checkpointer->run(k_patience);
  } catch (const StoreTimeout&) {
    return;  // another program makes a checkpoint, or keeps the turn: the next one will do
  }
}

/// What keeps it from opening may pass; the writer goes on meanwhile, and hears itself of a store
/// that is broken.
void BackgroundCheckpoints::open() {
  try {
    auto checkpointer = std::make_unique<Checkpointer>(m_database);
    const std::lock_guard lock(m_mutex);
    m_checkpointer = std::move(checkpointer);
  } catch (const std::exception& e) {
    throw StoreUnavailable(
        fmt::format("the WAL grows, since no checkpoint can begin: {}", e.what()));
  }
}

}  // namespace payhook
