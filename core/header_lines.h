#pragma once

#include <string_view>
#include <vector>

namespace payhook {

/// The values of a header among headers that are written as text, a line each, as
/// "Content-Type: application/json": one for each time that it is there, in whatever case its name
/// is written, without the white space around it. What is no header's line is passed over.
/// Thread-safe. They point into `lines`.
std::vector<std::string_view> header_values(std::string_view lines, std::string_view name);

}  // namespace payhook
