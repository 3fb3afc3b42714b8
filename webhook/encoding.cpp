#include "webhook/encoding.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace payhook {

namespace {

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return std::nullopt;
  }
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::uint8_t byte = 0;
    const char* const begin = text.data() + i;
    const auto [end, error] = std::from_chars(begin, begin + 2, byte, 16);
    if (error != std::errc{} || end != begin + 2) {
      return std::nullopt;
    }
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

/// OpenSSL reads white space, padding anywhere and bits that stand for nothing too, so that what it
/// has read is written again and compared.
std::optional<std::string> from_base64(std::string text) {
  text.resize((text.size() + 3) / 4 * 4, '=');
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (size < 0) {
    return std::nullopt;
  }
  const auto padding = static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
  bytes.resize(bytes.size() - std::min(padding, bytes.size()));
  return to_base64(bytes) == text ? std::optional(bytes) : std::nullopt;
}

std::optional<std::string> from_base64url(std::string text) {
  if (text.find_first_of("+/") != text.npos) {
    return std::nullopt;
  }
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  return from_base64(std::move(text));
}

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return text;
}

std::string to_base64url(std::string_view bytes) {
  std::string text = to_base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

}  // namespace

std::string encode(Encoding encoding, std::string_view bytes) {
  switch (encoding) {
    case Encoding::HEX:
      return to_hex(bytes);
    case Encoding::BASE64:
      return to_base64(bytes);
    case Encoding::BASE64URL:
      return to_base64url(bytes);
    case Encoding::TEXT:
      break;
  }
  return std::string(bytes);
}

std::string to_base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // with a NUL at its end
  const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::optional<std::string> decode(Encoding encoding, std::string_view text) {
  switch (encoding) {
    case Encoding::HEX:
      return from_hex(text);
    case Encoding::BASE64:
      return from_base64(std::string(text));
    case Encoding::BASE64URL:
      return from_base64url(std::string(text));
    case Encoding::TEXT:
      break;
  }
  return std::string(text);
}

}  // namespace payhook
