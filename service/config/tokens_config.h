#pragma once

#include <string>
#include <vector>

#include "service/config/section.h"

namespace payhook {

/// Who may do something: a section that names files which have a token each. There are two,
/// [reading] and [operating].
struct TokensConfig {
  struct Token {
    std::string name;  ///< its file's, without the directory
    std::string hash;  ///< SHA-256 of the token
  };
  std::vector<Token> tokens;

  void read(ConfigSection& section);
};

}  // namespace payhook
