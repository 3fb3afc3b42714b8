#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>

namespace payhook {

/// Numbers of rows. A store counts its rows up, so that most of them stand close together: a
/// million take 128 KiB. For one thread.
class NumberSet {
 public:
  /// Returns whether it was not there before.
  bool insert(std::int64_t number) {
    auto bit = m_blocks[number / k_block][static_cast<std::size_t>(number % k_block)];
    const bool is_new = !bit;
    bit = true;
    return is_new;
  }

  bool contains(std::int64_t number) const {
    const auto block = m_blocks.find(number / k_block);
    return block != m_blocks.end() && block->second[static_cast<std::size_t>(number % k_block)];
  }

 private:
  static constexpr std::int64_t k_block = 65'536;

  std::map<std::int64_t, std::bitset<k_block>> m_blocks;
};

}  // namespace payhook
