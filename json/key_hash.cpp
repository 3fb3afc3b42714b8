#include "json/key_hash.h"

#include <random>

namespace payhook {

namespace {

std::uint64_t random_number() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

JsonKeyHash::JsonKeyHash()
    : m_point(random_number() % (k_prime - 1) + 1), m_factor(random_number() | 1) {}

}  // namespace payhook
