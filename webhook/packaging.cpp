#include "webhook/packaging.h"

#include "core/ascii.h"
#include "core/percent_encoding.h"
#include "webhook/gzip.h"
#include "webhook/parse_webhook.h"

namespace payhook {

Packaging::Packaging(std::string_view content_type, std::string_view content_encoding)
    : media_type(in_lower_case(trimmed(content_type.substr(0, content_type.find(';'))))),
      encoding(in_lower_case(trimmed(content_encoding))) {}

bool is_form(const Packaging& packaging, const Source& source) {
  return !source.form_field.empty() && packaging.media_type == "application/x-www-form-urlencoded";
}

bool is_packed(const Packaging& packaging, const Source& source) {
  return source.gzip && packaging.encoding == "gzip";
}

bool is_plain_json(const Packaging& packaging, const Source& source) {
  return !is_packed(packaging, source) && !is_form(packaging, source);
}

std::string json_of(const std::string& body, const Packaging& packaging, const Source& source) {
  std::string json = body;
  if (is_packed(packaging, source)) {
    auto plain = gunzipped(json, source.max_body_bytes);
    if (!plain) {
      throw InvalidWebhook("Invalid gzip");
    }
    json = *std::move(plain);
  }
  if (is_form(packaging, source)) {
    auto value = form_value(json, source.form_field);
    if (!value) {
      throw InvalidWebhook("Missing required fields");
    }
    json = *std::move(value);
  }
  return json;
}

}  // namespace payhook
