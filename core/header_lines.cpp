#include "core/header_lines.h"

#include <algorithm>

#include "core/ascii.h"

namespace payhook {

std::vector<std::string_view> header_values(std::string_view lines, std::string_view name) {
  std::vector<std::string_view> values;
  const std::string wanted = in_lower_case(name);
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    line.remove_suffix(line.ends_with('\r') ? 1 : 0);
    const std::size_t colon = line.find(':');
    if (colon != line.npos && in_lower_case(line.substr(0, colon)) == wanted) {
      values.push_back(trimmed(line.substr(colon + 1)));
    }
  }
  return values;
}

}  // namespace payhook
