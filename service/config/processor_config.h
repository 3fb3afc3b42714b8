#pragma once

#include <chrono>

#include "service/config/section.h"

namespace payhook {

/// [processor]
struct ProcessorConfig {
  std::chrono::seconds delay{30};

  void read(ConfigSection& section);
};

}  // namespace payhook
