#pragma once

#include <string>
#include <vector>

#include "service/config/section.h"

namespace payhook {

/// [reading]
struct ReadingConfig {
  /// SHA-256 of each token that lets its bearer read. Without any, no token is needed.
  std::vector<std::string> token_hashes;

  void read(ConfigSection& section);
};

}  // namespace payhook
