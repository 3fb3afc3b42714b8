#pragma once

#include <string>
#include <string_view>

namespace payhook {

/// With the letters of ASCII in lower, or upper, case, and all else as it is, whatever the locale.
std::string in_lower_case(std::string_view text);
std::string in_upper_case(std::string_view text);

}  // namespace payhook
