#include "api/meta_variables.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/ascii.h"

namespace payhook {

namespace {

constexpr std::string_view k_header_prefix = "HTTP_";

// In the order of MetaVariable.
constexpr std::array<std::string_view, 6> k_names{"REQUEST_METHOD", "REQUEST_URI", "CONTENT_TYPE",
                                                  "CONTENT_LENGTH", "REMOTE_ADDR", "REQUEST_ID"};

/// "Content-Encoding" is CONTENT_ENCODING (RFC 3875, section 4.1.18).
char spelt_in_variable(char c) noexcept { return c == '-' ? '_' : in_upper_case(c); }

/// What comes after HTTP_, the header's name and "=", a null pointer where `variable` is another.
const char* value_of_header(std::string_view name, const char* variable) noexcept {
  for (const char c : k_header_prefix) {
    if (*variable++ != c) {
      return nullptr;
    }
  }
  for (const char c : name) {
    if (*variable++ != spelt_in_variable(c)) {
      return nullptr;
    }
  }
  return *variable == '=' ? variable + 1 : nullptr;
}

}  // namespace

MetaVariables::MetaVariables(const char* const* list) noexcept : MetaVariables() {
  m_list = list;
  for (const char* const* variable = m_list; *variable != nullptr; ++variable) {
    const char* const equals = std::strchr(*variable, '=');
    if (equals == nullptr) {
      continue;
    }
    const auto name =
        std::find(k_names.begin(), k_names.end(), std::string_view(*variable, equals));
    if (name != k_names.end()) {
      m_values[static_cast<std::size_t>(name - k_names.begin())] = equals + 1;
    }
  }
}

std::string MetaVariables::header(std::string_view name) const {
  std::string values;
  for (const std::string_view value : headers(name)) {
    values.append(values.empty() ? "" : ", ").append(value);
  }
  return values;
}

std::vector<std::string_view> MetaVariables::headers(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const char* const* variable = m_list; *variable != nullptr; ++variable) {
    if (const char* value = value_of_header(name, *variable)) {
      values.emplace_back(value);
    }
  }
  return values;
}

std::optional<std::pair<std::string, std::string_view>> MetaVariables::header_of(
    std::string_view variable) {
  const std::size_t equals = variable.find('=');
  if (!variable.starts_with(k_header_prefix) || equals == variable.npos) {
    return std::nullopt;
  }
  std::string name =
      in_lower_case(variable.substr(k_header_prefix.size(), equals - k_header_prefix.size()));
  std::replace(name.begin(), name.end(), '_', '-');
  return std::pair(std::move(name), variable.substr(equals + 1));
}

bool MetaVariables::are_read(std::string_view name) noexcept {
  return name.starts_with(k_header_prefix) ||
         std::find(k_names.begin(), k_names.end(), name) != k_names.end();
}

}  // namespace payhook
