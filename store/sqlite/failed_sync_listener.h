#pragma once

#include <functional>

struct sqlite3;

namespace payhook {

/// Hears of syncs of one database connection that failed, whichever statement or call it was in,
/// from the thread that uses the connection. Any number may exist, in any thread.
class FailedSyncListener {
 public:
  FailedSyncListener(sqlite3* connection, std::function<void()> on_failed_sync);
  ~FailedSyncListener();
  FailedSyncListener(const FailedSyncListener&) = delete;
  FailedSyncListener& operator=(const FailedSyncListener&) = delete;

 private:
  sqlite3* m_connection;
};

/// Tells the connection's listener, where it has one. Any thread may call it.
void tell_of_failed_sync(sqlite3* connection);

}  // namespace payhook
