#pragma once

#include <string>
#include <string_view>

namespace payhook {

/// What a string of a valid JSON document reads as. `text` is the string with its quotes.
/// Thread-safe. Throws std::invalid_argument if jsoncpp refuses it, which no valid one has been.
std::string read_json_string(std::string_view text);

}  // namespace payhook
