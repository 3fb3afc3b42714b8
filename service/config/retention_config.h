#pragma once

#include <chrono>
#include <optional>

#include "service/config/section.h"

namespace payhook {

/// [retention]: how long is kept what became no transaction.
struct RetentionConfig {
  std::chrono::days events{90};
  std::optional<std::chrono::days> quarantine;  ///< without it, until an operator sees to it

  void read(ConfigSection& section);
};

}  // namespace payhook
