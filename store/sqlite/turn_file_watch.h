#pragma once

#include <filesystem>
#include <functional>
#include <thread>

#include "core/unique_fd.h"
#include "store/sqlite/turn_file.h"
#include "store/transaction_store.h"

namespace payhook {

/// Hears at once of a sync that failed in another program, and of a turn's file that was moved or
/// removed: a program that has nothing to write would not see it in a turn of its own. It does not
/// poll.
class TurnFileWatch final : public StoreWatch {
 public:
  using OnBroken = std::function<void(const StoreBroken&)>;

  /// Starts a thread, from which `on_broken` is called at most once. The database has been opened
  /// before. Throws ProgramError or std::system_error.
  TurnFileWatch(const std::filesystem::path& database, OnBroken on_broken);
  ~TurnFileWatch() override;

 private:
  void run() noexcept;
  bool wait_for_change() const;

  const OnBroken m_on_broken;
  TurnFile m_file;
  UniqueFd m_changes;
  UniqueFd m_end;
  std::thread m_thread;  // last: it uses all the others
};

}  // namespace payhook
