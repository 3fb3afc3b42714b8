#pragma once

#include <stdexcept>
#include <string>

namespace payhook {

/// A reason for a program not to start or go on: one sentence for the operator, saying what to
/// do, and the exit status from sysexits.h with which the program then ends.
class ProgramError : public std::runtime_error {
 public:
  ProgramError(int exit_status, const std::string& message)
      : std::runtime_error(message), m_exit_status(exit_status) {}

  int exit_status() const noexcept { return m_exit_status; }

 private:
  int m_exit_status;
};

}  // namespace payhook
