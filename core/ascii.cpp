#include "core/ascii.h"

#include <algorithm>

namespace payhook {

namespace {

template <typename Change>
std::string changed(std::string_view text, Change change) {
  std::string result(text);
  for (char& c : result) {
    c = change(c);
  }
  return result;
}

}  // namespace

std::string in_lower_case(std::string_view text) {
  return changed(text, [](char c) { return in_lower_case(c); });
}

std::string in_upper_case(std::string_view text) {
  return changed(text, [](char c) { return in_upper_case(c); });
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view k_white_space = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(k_white_space), text.size()));
  return text.substr(0, text.find_last_not_of(k_white_space) + 1);
}

}  // namespace payhook
