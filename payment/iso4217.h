#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace payhook {

/// Whether payments may be made in a currency of ISO 4217.
enum class Iso4217Use : std::uint8_t {
  ACTIVE,
  RETIRED,       ///< withdrawn, but refunds outlive currencies: still accepted
  NOT_A_PAYMENT  ///< metals, units of account, testing and no-currency codes: refused
};

/// One line of ISO 4217's table.
struct Iso4217Entry {
  std::string_view code;
  std::uint8_t minor_units;
  Iso4217Use use;
};

/// The table of 2026-09-17, sorted by code. What it is made of stands with the data.
std::span<const Iso4217Entry> iso4217() noexcept;

}  // namespace payhook
