#include "service/config/currencies_config.h"

#include <fmt/format.h>

#include <set>
#include <stdexcept>
#include <string>

namespace payhook {

void read_currencies(ConfigSection& section, Currencies& currencies) {
  std::set<std::string> codes;
  section.read_every_integer(
      0, Currencies::k_max_minor_units, [&](std::string_view code, std::int64_t minor_units) {
        if (!codes.insert(currencies.add(code, static_cast<int>(minor_units))).second) {
          throw std::invalid_argument(
              fmt::format("currencies.{} is there already, in another case", code));
        }
      });
}

}  // namespace payhook
