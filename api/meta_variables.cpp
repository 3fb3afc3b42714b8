#include "api/meta_variables.h"

#include <algorithm>
#include <array>

#include "core/ascii.h"

namespace payhook {

namespace {

constexpr std::string_view k_header_prefix = "HTTP_";

// In the order of MetaVariable.
constexpr std::array<std::string_view, 6> k_names{"REQUEST_METHOD", "REQUEST_URI", "CONTENT_TYPE",
                                                  "CONTENT_LENGTH", "REMOTE_ADDR", "REQUEST_ID"};

/// What comes after the beginning of `text`, a null pointer where it has another. It looks at no
/// more than it must, since most have. `spelt` says how a character of `beginning` stands in
/// `text`.
template <typename Spelling>
const char* after(std::string_view beginning, const char* text, Spelling spelt) noexcept {
  for (const char c : beginning) {
    if (*text++ != spelt(c)) {
      return nullptr;
    }
  }
  return text;
}

const char* after(std::string_view beginning, const char* text) noexcept {
  return after(beginning, text, [](char c) { return c; });
}

/// "Content-Encoding" is CONTENT_ENCODING (RFC 3875, section 4.1.18).
char spelt_in_variable(char c) noexcept { return c == '-' ? '_' : in_upper_case(c); }

}  // namespace

std::string_view MetaVariables::find(MetaVariable asked) const noexcept {
  const std::string_view name = k_names[static_cast<std::size_t>(asked)];
  const char* found = "";
  for (const char* const* variable = m_list; *variable != nullptr; ++variable) {
    const char* rest = after(name, *variable);
    if (rest != nullptr && *rest == '=') {
      found = rest + 1;
    }
  }
  return found;
}

std::string MetaVariables::header(std::string_view name) const {
  std::string values;
  for (const char* const* variable = m_list; *variable != nullptr; ++variable) {
    const char* rest = after(k_header_prefix, *variable);
    rest = rest == nullptr ? nullptr : after(name, rest, spelt_in_variable);
    if (rest != nullptr && *rest == '=') {
      values.append(values.empty() ? "" : ", ").append(rest + 1);
    }
  }
  return values;
}

bool MetaVariables::are_read(std::string_view name) noexcept {
  return name.starts_with(k_header_prefix) ||
         std::find(k_names.begin(), k_names.end(), name) != k_names.end();
}

}  // namespace payhook
