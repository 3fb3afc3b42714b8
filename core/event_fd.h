#pragma once

#include <sys/eventfd.h>

#include "core/system_error.h"
#include "core/unique_fd.h"

namespace payhook {

/// A counter that poll() and epoll can wait for (see eventfd(2)); reading it does not block. Throws
/// std::system_error.
inline UniqueFd new_eventfd() {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) {
    throw_errno("eventfd");
  }
  return fd;
}

}  // namespace payhook
