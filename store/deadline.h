#pragma once

#include <chrono>

namespace payhook {

/// When to give up waiting. Monotonic, so that setting the machine's clock changes no deadline.
using Deadline = std::chrono::steady_clock::time_point;

}  // namespace payhook
