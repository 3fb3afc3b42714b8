#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace payhook {

/// Arrays and objects nested deeper than this are refused.
inline constexpr int k_max_json_depth = 32;

/// Whether `text` is one JSON text by RFC 8259's grammar, without a byte-order mark, in valid
/// UTF-8, its escaped surrogates paired, and nested no deeper than k_max_json_depth. It does not
/// look for duplicate keys. Takes linear time and bounded stack. Thread-safe.
///
/// Makes `blanked` the text with a 0 in place of every number, padded with spaces to its length:
/// for a parser that would misread numbers, and whose offsets still fit. Where it returns false,
/// `blanked` means nothing.
[[nodiscard]] bool is_json(std::string_view text, std::string& blanked);

/// The number that starts at `offset` of a text for which is_json() holds.
std::string_view json_number_at(std::string_view text, std::size_t offset) noexcept;

}  // namespace payhook
