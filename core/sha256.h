#pragma once

#include <string>
#include <string_view>

namespace payhook {

/// The 32 bytes of the SHA-256 (FIPS 180-4) of these. Thread-safe.
std::string sha256_of(std::string_view bytes);

}  // namespace payhook
