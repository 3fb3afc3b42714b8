#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace payhook {

/// How bytes are written where only text can be.
enum class Encoding : std::uint8_t {
  TEXT,      ///< as they are
  HEX,       ///< in either case
  BASE64,    ///< RFC 4648, section 4; the padding may be missing
  BASE64URL  ///< the same, section 5
};

/// The bytes that a text stands for, or nothing where it is not written so. Each value has one text
/// only, but for padding and the case of hexadecimal digits. Thread-safe.
std::optional<std::string> decode(Encoding encoding, std::string_view text);

/// How decode() reads these bytes: hexadecimal digits in lower case, base64 with its padding. At
/// most 1 GiB. Thread-safe.
std::string encode(Encoding encoding, std::string_view bytes);

/// RFC 4648, section 4, with its padding. At most 1 GiB. Thread-safe.
std::string to_base64(std::string_view bytes);

}  // namespace payhook
