#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace payhook {

/// Throws std::system_error for what errno says of the call that has just failed. `what` was to be
/// done.
[[noreturn]] inline void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace payhook
