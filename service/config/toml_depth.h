#pragma once

#include <cstddef>
#include <string_view>

namespace payhook {

/// The first line, from 1, of a TOML text where a key has too many parts, or tables and arrays
/// stand too deep in each other; 0 when there is none. No setting of payhook's comes near to that.
///
/// toml++ calls itself for each level, and ends the program when its stack is full: it must not see
/// a text that has such a line. What is no TOML at all is left to it.
std::size_t too_deep_line(std::string_view toml) noexcept;

}  // namespace payhook
