#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace payhook {

/// Decodes %XX once. Empty when a % is not followed by two hexadecimal digits. Thread-safe.
std::optional<std::string> percent_decoded(std::string_view text);

/// The value of a field of a query string or of a form (application/x-www-form-urlencoded), the
/// first where there are several. Empty where there is none, or it is not encoded so. Thread-safe.
std::optional<std::string> form_value(std::string_view form, std::string_view name);

/// All of its fields, names and values, in their order. Empty where one is not encoded so.
/// Thread-safe.
std::optional<std::vector<std::pair<std::string, std::string>>> form_fields(std::string_view form);

}  // namespace payhook
