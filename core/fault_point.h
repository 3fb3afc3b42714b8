#pragma once

#ifdef PAYHOOK_FAULT_POINTS
#include <csignal>
#include <cstdlib>
#include <string_view>
#endif

namespace payhook {

/// A place at which a test can have the program killed, as by a power cut: at the one that the
/// variable PAYHOOK_DIE_AT names. Nothing in programs that are not built for tests.
#ifdef PAYHOOK_FAULT_POINTS
inline void fault_point(std::string_view name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody in these programs writes the environment.
  const char* const die_at = std::getenv("PAYHOOK_DIE_AT");
  if (die_at != nullptr && name == die_at) {
    std::raise(SIGKILL);
  }
}
#else
inline void fault_point(const char* /*name*/) {}
#endif

}  // namespace payhook
