#include "payment/currencies.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/ascii.h"
#include "payment/invalid_field.h"
#include "payment/iso4217.h"

namespace payhook {

namespace {

bool is_code(std::string_view code) {
  return code.size() >= 3 && code.size() <= 16 && std::all_of(code.begin(), code.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

}  // namespace

std::string Currencies::add(std::string_view code, int minor_units) {
  std::string upper = in_upper_case(code);
  if (!is_code(upper)) {
    throw std::invalid_argument(
        fmt::format("'{}' is no currency code: use 3 to 16 letters and digits", code));
  }
  if (minor_units < 0 || minor_units > k_max_minor_units) {
    throw std::invalid_argument(
        fmt::format("'{}' has {} minor units: use 0 to {}", code, minor_units, k_max_minor_units));
  }
  m_added.insert_or_assign(upper, minor_units);
  return upper;
}

Currency Currencies::find(std::string_view code) const {
  std::string upper = in_upper_case(code);
  if (const auto added = m_added.find(upper); added != m_added.end()) {
    return {std::move(upper), added->second};
  }
  const auto table = iso4217();
  const auto entry =
      std::lower_bound(table.begin(), table.end(), upper,
                       [](const Iso4217Entry& e, std::string_view c) { return e.code < c; });
  if (entry == table.end() || entry->code != upper) {
    throw InvalidField("currency", "not an ISO 4217 code");
  }
  if (entry->use == Iso4217Use::NOT_A_PAYMENT) {
    throw InvalidField("currency", "not a currency that payments are made in");
  }
  return {std::move(upper), entry->minor_units};
}

}  // namespace payhook
