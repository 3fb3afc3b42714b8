#include "core/log_fingerprint.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

namespace payhook {

std::string fingerprint_of_id(std::string_view transaction_id) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> bytes{};
  crypto_hash_sha256(bytes.data(), reinterpret_cast<const unsigned char*>(transaction_id.data()),
                     transaction_id.size());
  return fmt::format("{:02x}", fmt::join(bytes.begin(), bytes.begin() + 8, ""));
}

}  // namespace payhook
