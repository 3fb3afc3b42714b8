#include "store/sqlite/failed_sync_listener.h"

#include <map>
#include <mutex>
#include <utility>

namespace payhook {

namespace {

struct Listeners {
  std::mutex mutex;
  std::map<sqlite3*, std::function<void()>> of;
};

Listeners& listeners() {
  static Listeners all;
  return all;
}

}  // namespace

FailedSyncListener::FailedSyncListener(sqlite3* connection, std::function<void()> on_failed_sync)
    : m_connection(connection) {
  const std::lock_guard lock(listeners().mutex);
  listeners().of[connection] = std::move(on_failed_sync);
}

FailedSyncListener::~FailedSyncListener() {
  const std::lock_guard lock(listeners().mutex);
  listeners().of.erase(m_connection);
}

void tell_of_failed_sync(sqlite3* connection) {
  const std::lock_guard lock(listeners().mutex);
  if (const auto found = listeners().of.find(connection); found != listeners().of.end()) {
    found->second();
  }
}

}  // namespace payhook
