#include "core/sha256.h"

#include <sodium.h>

#include <array>

namespace payhook {

std::string sha256_of(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  return {hash.begin(), hash.end()};
}

}  // namespace payhook
