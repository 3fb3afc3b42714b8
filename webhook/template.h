#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace payhook {

/// A piece of a text with places in braces: the text between two places, or what stands in the
/// braces of one.
struct TemplatePiece {
  bool is_place;
  std::string text;
};

/// The pieces of a text such as "{timestamp}.{body}", none of them empty text. Throws
/// std::invalid_argument for a brace without its other. Thread-safe.
std::vector<TemplatePiece> split_template(std::string_view text);

/// Whether one of the pieces is a place. Thread-safe.
inline bool has_place(std::string_view text) noexcept { return text.find('{') != text.npos; }

}  // namespace payhook
