#pragma once

#include <string>

namespace payhook {

/// The number that four hexadecimal digits are, or -1 when one of them is none. Does not look
/// beyond that one.
int hex4(const char* digits) noexcept;

/// Sets `plain` to what the inside of a string of a valid JSON text reads as without its escapes.
/// `inside` is where it begins, behind the opening quote.
void unescape_json(const char* inside, std::string& plain);

}  // namespace payhook
