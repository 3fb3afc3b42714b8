#include "core/log_fingerprint.h"

#include <fmt/format.h>

#include "core/sha256.h"

namespace payhook {

std::string fingerprint_of_id(std::string_view transaction_id) {
  std::string digits;
  for (const char byte : sha256_of(transaction_id).substr(0, 8)) {
    digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return digits;
}

}  // namespace payhook
