#pragma once

#include <map>
#include <string>
#include <string_view>

namespace payhook {

/// A currency that a payment can be made in.
struct Currency {
  std::string code;     ///< in upper case
  int minor_units = 0;  ///< decimal places of an amount, 0 to k_max_minor_units
};

/// The currencies that webhooks may use: ISO 4217's, and those that the configuration adds.
/// Once all are added, any number of threads may read it.
class Currencies {
 public:
  /// More decimal places than this would leave too few digits for whole units.
  static constexpr int k_max_minor_units = 12;

  /// Adds a currency, or replaces one of the same code, ISO's included. Takes `code` in any case,
  /// and returns it in upper case. Throws std::invalid_argument when it is not 3 to 16 letters or
  /// digits, or when `minor_units` is not 0 to k_max_minor_units.
  std::string add(std::string_view code, int minor_units);

  /// The currency with this code, in any case. Throws InvalidField when there is none, or when
  /// it is no currency that payments are made in (gold, testing codes).
  Currency find(std::string_view code) const;

 private:
  std::map<std::string, int, std::less<>> m_added;
};

}  // namespace payhook
