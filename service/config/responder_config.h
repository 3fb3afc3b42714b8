#pragma once

#include <cstddef>
#include <filesystem>

#include "service/config/section.h"

namespace payhook {

/// What a webhook is answered whose transaction_id is known with other values.
enum class ConflictAnswer {
  ACCEPT,  ///< 202, as for any duplicate
  REJECT   ///< 409
};

/// [responder]
struct ResponderConfig {
  std::filesystem::path listen = "/run/payhook/fcgi.sock";
  std::size_t max_body_bytes = 65536;
  ConflictAnswer conflicting_duplicate = ConflictAnswer::ACCEPT;

  void read(ConfigSection& section);
};

}  // namespace payhook
