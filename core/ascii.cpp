#include "core/ascii.h"

#include <algorithm>

namespace payhook {

namespace {

/// Moves the letters from `first` on to where those of the other case begin.
std::string with_letters_moved(std::string_view text, char first, char other) {
  std::string moved(text);
  std::transform(moved.begin(), moved.end(), moved.begin(), [first, other](char c) {
    return c >= first && c < first + 26 ? static_cast<char>(c - first + other) : c;
  });
  return moved;
}

}  // namespace

std::string in_lower_case(std::string_view text) { return with_letters_moved(text, 'A', 'a'); }
std::string in_upper_case(std::string_view text) { return with_letters_moved(text, 'a', 'A'); }

}  // namespace payhook
