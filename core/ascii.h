#pragma once

#include <string>
#include <string_view>

namespace payhook {

/// Letters of ASCII in lower, or upper, case, and all else as it is, whatever the locale.
constexpr char in_lower_case(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr char in_upper_case(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
std::string in_lower_case(std::string_view text);
std::string in_upper_case(std::string_view text);

/// Of ASCII's. In UTF-8 there are more of them: U+0080 to U+009F.
constexpr bool is_control(char c) noexcept { return (c >= 0 && c < ' ') || c == '\x7f'; }

/// What is left without the spaces and tabs around it, as around a header's value (RFC 9110,
/// section 5.5).
std::string_view trimmed(std::string_view text) noexcept;

}  // namespace payhook
