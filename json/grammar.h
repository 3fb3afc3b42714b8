#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace payhook {

/// Arrays and objects nested deeper than this are refused.
inline constexpr std::size_t k_max_json_depth = 32;

/// A member of a document's root that is wanted: its name without escapes, and the text of its
/// value as the document has it, which is empty when there is none. The first character of a text
/// tells what kind of value it is.
struct JsonMember {
  std::string_view name;
  std::string_view text = {};
};

/// Reads one JSON text by RFC 8259's grammar: without a byte-order mark, in valid UTF-8, its
/// escaped surrogates paired, nested no deeper than k_max_json_depth, and with no key twice in an
/// object, however it is escaped. Returns the root's text, which is empty for anything else, and
/// sets the text of those `wanted` that the root has.
///
/// Takes time linear in the text's length whatever it holds, bounded stack, and memory that is a
/// small multiple of the text where an object has many keys. Thread-safe. The texts point into
/// `document`, which must be smaller than 4 GiB.
[[nodiscard]] std::string_view read_json(const std::string& document, std::span<JsonMember> wanted);

/// Whether a text is UTF-8 as RFC 3629 has it, whatever it says. Thread-safe.
bool is_utf8(const std::string& text);

/// The text with U+FFFD in place of each byte that belongs to no UTF-8. Thread-safe.
std::string made_utf8(const std::string& text);

}  // namespace payhook
