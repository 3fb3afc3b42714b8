#pragma once

#include <list>
#include <set>
#include <vector>

#include "core/unique_fd.h"
#include "daemon/handlers/program.h"

namespace payhook {

/// The exec handlers that run. For one thread.
class Programs {
 public:
  /// Throws std::system_error.
  Programs();

  /// Starts one. Throws std::system_error when it cannot be started.
  void start(const Delivery& delivery);

  /// Is readable when advance() has something to do, as is the time of wake_at().
  int fd() const noexcept { return m_epoll.get(); }
  Program::Time wake_at() const noexcept;

  /// Does what has become possible, and returns the results of those that have ended. Throws
  /// std::system_error where the kernel fails.
  std::vector<AttemptResult> advance();

  /// Kills all: soon they have results.
  void interrupt() noexcept;

 private:
  std::set<const void*> with_news() const;

  UniqueFd m_epoll;
  std::list<Program> m_programs;
};

}  // namespace payhook
