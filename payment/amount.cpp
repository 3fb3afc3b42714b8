#include "payment/amount.h"

#include <fmt/format.h>

#include <algorithm>

#include "payment/invalid_field.h"

namespace payhook {

namespace {

constexpr std::int64_t k_max_digits = 18;  // of the sum in minor units

// Beyond any exponent that can matter: a body holds far fewer digits than this.
constexpr std::int64_t k_exponent_cap = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The parts of a JSON number: [-] whole [. fraction] [e exponent].
struct JsonNumber {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;  // clamped to +-k_exponent_cap
};

std::string_view take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

std::int64_t clamped_value(std::string_view digits) {
  std::int64_t value = 0;
  for (const char c : digits) {
    value = std::min(value * 10 + (c - '0'), k_exponent_cap);
  }
  return value;
}

InvalidField not_a_number() { return {"amount", "must be a number or a string holding one"}; }

JsonNumber split(std::string_view text) {
  JsonNumber number;
  number.negative = take(text, "-");
  number.whole = take_digits(text);
  if (number.whole.empty() || (number.whole.size() > 1 && number.whole.front() == '0')) {
    throw not_a_number();
  }
  if (take(text, ".")) {
    number.fraction = take_digits(text);
    if (number.fraction.empty()) {
      throw not_a_number();
    }
  }
  if (take(text, "eE")) {
    const bool negative = !text.empty() && text.front() == '-';
    take(text, "+-");
    const std::string_view digits = take_digits(text);
    if (digits.empty()) {
      throw not_a_number();
    }
    number.exponent = negative ? -clamped_value(digits) : clamped_value(digits);
  }
  if (!text.empty()) {
    throw not_a_number();
  }
  return number;
}

/// Writes minor units with their decimal point: 150050 with 2 places is "1500.5".
std::string to_decimal(std::int64_t minor, int minor_units) {
  std::string digits = fmt::format("{:0{}}", minor, minor_units + 1);
  const auto point = digits.size() - static_cast<std::size_t>(minor_units);
  digits.insert(point, minor_units == 0 ? ".0" : ".");
  const auto last = std::max(digits.find_last_not_of('0'), point + 1);
  digits.erase(last + 1);
  return digits;
}

}  // namespace

Amount::Amount(std::string decimal, std::int64_t minor)
    : m_decimal(std::move(decimal)), m_minor(minor) {}

Amount Amount::restore(std::string decimal, std::int64_t minor) {
  return {std::move(decimal), minor};
}

/// The number is shifted by its text, so that it stays exact.
Amount Amount::parse_minor(std::string_view number, int places, const Currency& currency) {
  const std::string_view digits = number.substr(number.starts_with('-') ? 1 : 0);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) {
    throw InvalidField("amount", "must be a whole number of minor units");
  }
  return parse(fmt::format("{}e-{}", number, places), currency);
}

Amount Amount::parse(std::string_view text, const Currency& currency) {
  const JsonNumber number = split(text);

  // The value is digits * 10^exponent, with neither leading nor trailing zeros in the digits.
  std::string digits;
  digits.reserve(number.whole.size() + number.fraction.size());
  digits.append(number.whole).append(number.fraction);
  std::int64_t exponent = number.exponent - static_cast<std::int64_t>(number.fraction.size());
  const auto first = digits.find_first_not_of('0');
  if (number.negative || first == std::string::npos) {
    throw InvalidField("amount", "must be greater than 0");
  }
  const auto last = digits.find_last_not_of('0');
  exponent += static_cast<std::int64_t>(digits.size() - 1 - last);
  digits = digits.substr(first, last - first + 1);

  const std::int64_t zeros = exponent + currency.minor_units;
  if (static_cast<std::int64_t>(digits.size()) + zeros > k_max_digits) {
    throw InvalidField("amount", fmt::format("must be below 10^{} {}",
                                             k_max_digits - currency.minor_units, currency.code));
  }
  if (zeros < 0) {
    throw InvalidField("amount",
                       fmt::format("{} has {} decimal place{}", currency.code, currency.minor_units,
                                   currency.minor_units == 1 ? "" : "s"));
  }
  const std::int64_t minor = std::stoll(digits.append(static_cast<std::size_t>(zeros), '0'));
  return {to_decimal(minor, currency.minor_units), minor};
}

}  // namespace payhook
