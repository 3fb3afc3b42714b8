#pragma once

#include <chrono>
#include <cstddef>

#include "service/config/section.h"

namespace payhook {

/// [processor]
struct ProcessorConfig {
  std::chrono::seconds delay{30};
  std::size_t handlers_at_once = 8;     ///< of all sources
  std::chrono::seconds stop_grace{10};  ///< for handlers that run when the program is stopped

  void read(ConfigSection& section);
};

}  // namespace payhook
