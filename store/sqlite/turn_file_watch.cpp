#include "store/sqlite/turn_file_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "core/event_fd.h"
#include "core/log.h"

namespace payhook {

namespace {

/// A user has a limited number of these; none is returned where there are no more.
UniqueFd changes_of(const std::filesystem::path& file) {
  UniqueFd changes(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  constexpr std::uint32_t k_events = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF;
  if (!changes || ::inotify_add_watch(changes.get(), file.c_str(), k_events) < 0) {
    log::report(
        log::Event::STORE_TROUBLE,
        "cannot watch {}: while this program writes nothing it will not hear of a disk that "
        "fails others: {}",
        file.string(), std::generic_category().message(errno));
    return {};
  }
  return changes;
}

}  // namespace

TurnFileWatch::TurnFileWatch(const std::filesystem::path& database,
                             TransactionStore::Watcher watcher)
    : m_watcher(std::move(watcher)),
      m_file(TurnFile::beside(database)),
      m_changes(changes_of(TurnFile::beside(database))),
      m_end(new_eventfd()),
      m_thread([this] { run(); }) {}

TurnFileWatch::~TurnFileWatch() {
  ::eventfd_write(m_end.get(), 1);
  m_thread.join();
}

void TurnFileWatch::run() noexcept {
  try {
    m_file.require_whole();
    while (wait_for_change()) {
      m_file.require_whole();
      m_watcher.on_act();
    }
  } catch (const StoreBroken& e) {
    m_watcher.on_broken(e);
  }
}

/// Returns whether the watching goes on. Several changes may be one.
bool TurnFileWatch::wait_for_change() const {
  // poll() leaves out a negative descriptor.
  std::array<pollfd, 2> wait_for{{{m_end.get(), POLLIN, 0}, {m_changes.get(), POLLIN, 0}}};
  while (::poll(wait_for.data(), wait_for.size(), -1) < 0 && errno == EINTR) {
  }
  std::array<char, 4096> events;
  while (wait_for[1].revents != 0 && ::read(m_changes.get(), events.data(), events.size()) > 0) {
  }
  return wait_for[0].revents == 0;
}

}  // namespace payhook
