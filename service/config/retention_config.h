#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "service/config/section.h"

namespace payhook {

/// [retention]: how long is kept what a program no longer needs.
struct RetentionConfig {
  std::chrono::days events{90};
  std::optional<std::chrono::days> quarantine;  ///< without it, until an operator sees to it
  std::chrono::days bodies{90};                 ///< of transactions that are PROCESSED
  std::optional<std::chrono::days> processed;   ///< without it they stay
  std::filesystem::path archive;                ///< the directory where they go then

  void read(ConfigSection& section);
};

}  // namespace payhook
