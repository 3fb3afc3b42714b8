#pragma once

#include <string>
#include <string_view>

#include "json/string_value.h"

namespace payhook {

/// Whether the text of a JSON value is an array's or an object's.
inline bool is_nested(std::string_view json) noexcept {
  return json.starts_with('{') || json.starts_with('[');
}

/// What a field of a body says, as text: a string without its quotes and escapes, a number by its
/// own digits, true or false. Nothing for one that is null or is not there. Thread-safe.
inline std::string field_text(std::string_view json) {
  if (json.starts_with('"')) {
    return read_json_string(json);
  }
  return std::string(json == "null" ? std::string_view() : json);
}

}  // namespace payhook
