#include "core/log_fingerprint.h"

#include <fmt/format.h>

#include "core/sha256.h"

namespace payhook {

std::string fingerprint_of_id(std::string_view transaction_id) {
  const std::string hash = sha256_of(transaction_id);
  const auto* const bytes = reinterpret_cast<const unsigned char*>(hash.data());
  return fmt::format("{:02x}", fmt::join(bytes, bytes + 8, ""));
}

}  // namespace payhook
