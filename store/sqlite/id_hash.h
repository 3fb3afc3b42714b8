#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace payhook {

/// Hashes transaction ids with a secret key: SipHash-2-4, made so that nobody who does not know the
/// key can choose many ids with one hash (Aumasson and Bernstein, 2012). Thread-safe.
class IdHash {
 public:
  static constexpr std::size_t k_key_bytes = 16;

  /// Throws std::invalid_argument for a key that is not k_key_bytes long.
  explicit IdHash(std::string_view key);

  /// Of a transaction id within its source.
  std::uint64_t operator()(std::string_view source, std::string_view transaction_id) const noexcept;

  /// SipHash-2-4 itself.
  std::uint64_t operator()(std::string_view bytes) const noexcept;

 private:
  std::array<unsigned char, k_key_bytes> m_key{};
};

}  // namespace payhook
