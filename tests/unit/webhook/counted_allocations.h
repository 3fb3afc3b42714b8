#pragma once

#include <cstddef>

namespace payhook {

/// What a thread has allocated with new since it began. The executable that has this counts all of
/// its threads.
struct Allocations {
  std::size_t count = 0;
  std::size_t bytes = 0;
};

Allocations allocations_of_this_thread() noexcept;

}  // namespace payhook
