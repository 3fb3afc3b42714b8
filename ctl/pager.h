#pragma once

#include <sys/types.h>

#include <cstdio>
#include <memory>

namespace payhook {

/// A program that shows long output a screen at a time. For one thread.
class Pager {
 public:
  /// Starts what PAGER says, or less as systemctl has it, which ends by itself where all fits on
  /// the screen. Nothing where it cannot be started, or PAGER is empty or "cat".
  static std::shared_ptr<Pager> start();

  /// Waits until the one who reads has seen enough.
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  /// What is to be shown is written there.
  std::FILE* file() const noexcept { return m_file; }

 private:
  Pager(std::FILE* file, pid_t pid) noexcept : m_file(file), m_pid(pid) {}

  std::FILE* const m_file;
  const pid_t m_pid;
};

}  // namespace payhook
