#include "ctl/float_amount.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "payment/invalid_field.h"

namespace payhook {

namespace {

// A few additions and multiplications do not move a number by more.
constexpr double k_most_noise = 8 * std::numeric_limits<double>::epsilon();

constexpr std::int64_t k_first_with_16_digits = 1'000'000'000'000'000;

/// Whether two numbers would be one, had they been reckoned with exactly.
bool is_noise(double value, const std::string& rounded) {
  double nearest = 0;
  std::from_chars(rounded.data(), rounded.data() + rounded.size(), nearest);
  return std::abs(value - nearest) <= k_most_noise * std::abs(value);
}

}  // namespace

FloatAmount amount_of_float(double value, const Currency& currency) {
  if (!std::isfinite(value)) {
    throw InvalidField("amount", fmt::format("{} is no number", value));
  }
  const std::string shortest = fmt::format("{}", value);
  try {
    Amount amount = Amount::parse(shortest, currency);
    const bool is_plain = amount.minor() < k_first_with_16_digits;
    return {std::move(amount),
            is_plain ? "" : fmt::format("the last digits of {} may have been others", shortest)};
  } catch (const InvalidField&) {
    const std::string rounded = fmt::format("{:.{}f}", value, currency.minor_units);
    if (value <= 0 || !is_noise(value, rounded)) {
      throw;
    }
    return {Amount::parse(rounded, currency), fmt::format("{} is taken for {}", shortest, rounded)};
  }
}

}  // namespace payhook
