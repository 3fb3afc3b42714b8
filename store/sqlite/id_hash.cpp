#include "store/sqlite/id_hash.h"

#include <sodium.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace payhook {

static_assert(IdHash::k_key_bytes == crypto_shorthash_KEYBYTES);
static_assert(sizeof(std::uint64_t) == crypto_shorthash_BYTES);

IdHash::IdHash(std::string_view key) {
  if (key.size() != m_key.size()) {
    throw std::invalid_argument("the key for the hashes of ids is not 16 bytes long");
  }
  std::copy(key.begin(), key.end(), m_key.begin());
}

std::uint64_t IdHash::operator()(std::string_view source,
                                 std::string_view transaction_id) const noexcept {
  return std::rotl((*this)(source), 32) ^ (*this)(transaction_id);
}

std::uint64_t IdHash::operator()(std::string_view bytes_to_hash) const noexcept {
  // The least significant byte first, whatever the machine's order: the database may move.
  std::array<unsigned char, crypto_shorthash_BYTES> bytes{};
  crypto_shorthash(bytes.data(), reinterpret_cast<const unsigned char*>(bytes_to_hash.data()),
                   bytes_to_hash.size(), m_key.data());
  std::uint64_t hash = 0;
  std::for_each(bytes.rbegin(), bytes.rend(),
                [&hash](unsigned char byte) { hash = hash << 8 | byte; });
  return hash;
}

}  // namespace payhook
