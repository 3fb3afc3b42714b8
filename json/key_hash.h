#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace payhook {

/// Hashes keys by a random choice of this process, so that nobody can choose many with one hash:
/// the name as a polynomial, modulo 2^61 - 1, at a random point. Thread-safe.
class JsonKeyHash {
 public:
  /// Chooses anew.
  JsonKeyHash();

  std::uint32_t operator()(std::string_view name) const noexcept {
    const char* next = name.data();
    std::size_t left = name.size();
    std::uint64_t hash = 1;
    for (; left > k_chunk_bytes; left -= k_chunk_bytes, next += k_chunk_bytes) {
      hash = times_point(hash + chunk(next, k_chunk_bytes));
    }
    hash = times_point(hash + chunk(next, left) + (std::uint64_t{left} << (8 * k_chunk_bytes)));
    return static_cast<std::uint32_t>(hash * m_factor >> 32);
  }

 private:
  __extension__ using Product = unsigned __int128;

  static constexpr std::uint64_t k_prime = (std::uint64_t{1} << 61) - 1;
  static constexpr std::size_t k_chunk_bytes = 7;  // with their number: below the prime

  template <typename Number>
  static std::uint64_t load(const char* begin) noexcept {
    Number number = 0;
    std::memcpy(&number, begin, sizeof number);
    return number;
  }

  /// Up to seven bytes as a number, another one for each other content of this length.
  static std::uint64_t chunk(const char* begin, std::size_t bytes) noexcept {
    if (bytes >= 4) {
      const std::size_t behind = bytes - 4;
      return load<std::uint32_t>(begin) | load<std::uint32_t>(begin + behind) << (8 * behind);
    }
    if (bytes > 0) {
      return load<std::uint8_t>(begin) | load<std::uint8_t>(begin + bytes / 2) << 8 |
             load<std::uint8_t>(begin + bytes - 1) << 16;
    }
    return 0;
  }

  /// Modulo the prime, to which it may add a little; `number` is below 2^62.
  std::uint64_t times_point(std::uint64_t number) const noexcept {
    const Product product = Product{number} * m_point;
    const auto sum =
        static_cast<std::uint64_t>(product & k_prime) + static_cast<std::uint64_t>(product >> 61);
    return (sum & k_prime) + (sum >> 61);
  }

  std::uint64_t m_point;
  std::uint64_t m_factor;  // mixes the result into the bits that are kept
};

}  // namespace payhook
