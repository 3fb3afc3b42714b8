#include "core/percent_encoding.h"

#include <algorithm>
#include <charconv>

namespace payhook {

namespace {

std::optional<std::string> form_decoded(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decoded(spaced);
}

/// A field as it is encoded.
struct FormField {
  std::string_view name;
  std::string_view value;
};

FormField take_field(std::string_view& form) {
  const std::string_view field = form.substr(0, form.find('&'));
  form.remove_prefix(std::min(field.size() + 1, form.size()));
  const std::size_t equals = std::min(field.find('='), field.size());
  return {field.substr(0, equals), field.substr(std::min(equals + 1, field.size()))};
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || digits.size() != 2 || end != digits.data() + 2) {
      return std::nullopt;
    }
    decoded.push_back(static_cast<char>(value));
    i += 2;
  }
  return decoded;
}

std::optional<std::string> form_value(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const FormField field = take_field(form);
    if (form_decoded(field.name) == name) {
      return form_decoded(field.value);
    }
  }
  return std::nullopt;
}

std::optional<std::vector<std::pair<std::string, std::string>>> form_fields(std::string_view form) {
  std::vector<std::pair<std::string, std::string>> fields;
  while (!form.empty()) {
    const FormField field = take_field(form);
    auto name = form_decoded(field.name);
    auto value = form_decoded(field.value);
    if (!name || !value) {
      return std::nullopt;
    }
    if (!name->empty() || !value->empty()) {
      fields.emplace_back(*std::move(name), *std::move(value));
    }
  }
  return fields;
}

}  // namespace payhook
