#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "payment/currencies.h"

namespace payhook {

/// A positive, exact sum of money, below 10^18 of its currency's minor unit. It never passes
/// through a floating-point number.
class Amount {
 public:
  /// Reads the text of a JSON number (RFC 8259, section 6), exponent form included, in time and
  /// memory bounded by the text's length whatever the exponent. Throws InvalidField when it is
  /// no such number, not greater than 0, too large, or finer than the currency's minor unit.
  static Amount parse(std::string_view number, const Currency& currency);

  /// The same of a whole number of minor units as whoever sends it counts them: with `places`
  /// decimal places, which need not be the currency's.
  static Amount parse_minor(std::string_view number, int places, const Currency& currency);

  /// Puts together again what decimal() and minor() gave, without checking it.
  static Amount restore(std::string decimal, std::int64_t minor);

  /// Decimal notation with at least one digit after the point and no trailing zeros beyond it:
  /// "500.0", "1500.5". It is a valid JSON number, and equal sums have equal texts.
  const std::string& decimal() const noexcept { return m_decimal; }

  /// The sum in the currency's minor unit: 50000 for 500 INR.
  std::int64_t minor() const noexcept { return m_minor; }

  bool operator==(const Amount&) const = default;

 private:
  Amount(std::string decimal, std::int64_t minor);

  std::string m_decimal;
  std::int64_t m_minor;
};

}  // namespace payhook
