#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "core/system_error.h"
#include "core/unique_fd.h"

namespace payhook {

/// See pipe(7); neither end is anybody else's.
struct Pipe {
  UniqueFd reading;
  UniqueFd writing;
};

/// Throws std::system_error.
inline Pipe new_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw_errno("pipe2");
  }
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace payhook
