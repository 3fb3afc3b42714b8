#include "core/ascii.h"

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

}  // namespace payhook
