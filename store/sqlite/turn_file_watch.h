#pragma once

#include <filesystem>
#include <thread>

#include "core/unique_fd.h"
#include "store/sqlite/turn_file.h"
#include "store/transaction_store.h"

namespace payhook {

/// Hears at once of a sync that failed in another program, and of a turn's file that was moved or
/// removed, which a program that has nothing to write would not see in a turn of its own; and of
/// what operators do. It does not poll.
class TurnFileWatch final : public StoreWatch {
 public:
  /// Starts a thread, from which the watcher is called. The database has been opened before. Throws
  /// ProgramError or std::system_error.
  TurnFileWatch(const std::filesystem::path& database, TransactionStore::Watcher watcher);
  ~TurnFileWatch() override;

 private:
  void run() noexcept;
  bool wait_for_change() const;

  const TransactionStore::Watcher m_watcher;
  TurnFile m_file;
  UniqueFd m_changes;
  UniqueFd m_end;
  std::thread m_thread;  // last: it uses all the others
};

}  // namespace payhook
