#pragma once

#include <atomic>

#include "core/program_error.h"
#include "service/outage.h"

namespace payhook {

/// The end of a program one of whose threads cannot go on. Any thread may use it.
class Ending {
 public:
  /// `outage` must outlive it.
  explicit Ending(Outage& outage) noexcept : m_outage(outage) {}

  /// Says why, and has the program stop. The same failure may be noticed in several places: the
  /// first says most about it, and the others are not heard.
  void fail(const ProgramError& why);

  /// The program's, once it has stopped.
  int exit_status() const noexcept { return m_exit_status; }

 private:
  Outage& m_outage;
  std::atomic<bool> m_failed = false;
  std::atomic<int> m_exit_status = 0;
};

}  // namespace payhook
