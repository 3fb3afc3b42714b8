#include "api/request_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "api/responses.h"
#include "core/ascii.h"
#include "store/errors.h"

namespace payhook {

namespace {

/// application/json or application/*+json
bool is_json(const std::string& type) {
  constexpr std::string_view k_prefix = "application/";
  constexpr std::string_view k_suffix = "+json";
  return type == "application/json" ||
         (type.size() > k_prefix.size() + k_suffix.size() && type.starts_with(k_prefix) &&
          type.ends_with(k_suffix) && type.find_first_of("/ \t", k_prefix.size()) == type.npos);
}

/// CONTENT_LENGTH, where it is given; one too large for a number is larger than any limit.
std::optional<std::size_t> announced_bytes(const HttpRequest& request) {
  const std::string_view text = trimmed(request.variables.find(MetaVariable::CONTENT_LENGTH));
  if (text.empty()) {
    return std::nullopt;
  }
  std::size_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error == std::errc::result_out_of_range) {
    return std::numeric_limits<std::size_t>::max();
  }
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw HttpError(400, "Invalid JSON");
  }
  return bytes;
}

void check_encoding(const Packaging& packaging, const Source& source) {
  const std::string& encoding = packaging.encoding;
  if (encoding.empty() || encoding == "identity" || is_packed(packaging, source)) {
    return;
  }
  if (source.gzip) {
    throw HttpError(415, "Content-Encoding must be gzip or identity",
                    {{"Accept-Encoding", "gzip, identity"}});
  }
  throw HttpError(415, "Content-Encoding must be identity", {{"Accept-Encoding", "identity"}});
}

}  // namespace

void check_arrival(const HttpRequest& request) {
  if (request.cut == Cut::PARAMETERS) {
    throw HttpError(431, "Request header fields too large");
  }
  if (request.cut == Cut::MEMORY) {
    throw StoreUnavailable("too many large requests are arriving at once");
  }
}

void check_size(const HttpRequest& request, std::size_t most_body_bytes) {
  if (request.cut == Cut::BODY || request.body.size() > most_body_bytes ||
      announced_bytes(request).value_or(0) > most_body_bytes) {
    throw HttpError(413, "Payload too large");
  }
}

void check_type(const HttpRequest& request, const Source& source) {
  const Packaging packaging = packaging_of(request);
  const std::string& type = packaging.media_type;
  const auto& others = source.content_types;
  if (!is_json(type) && !is_form(packaging, source) &&
      std::find(others.begin(), others.end(), type) == others.end()) {
    std::string types = "application/json";
    for (const std::string& other : others) {
      types += " or " + other;
    }
    throw HttpError(415, fmt::format("Content-Type must be {}{}", types,
                                     source.form_field.empty() ? "" : " or a form"));
  }
  check_encoding(packaging, source);
}

void check_is_json(const HttpRequest& request) { check_type(request, Source()); }

void check_completeness(const HttpRequest& request) {
  if (announced_bytes(request).value_or(request.body.size()) != request.body.size()) {
    throw HttpError(400, "Invalid JSON");
  }
}

Packaging packaging_of(const HttpRequest& request) {
  return {request.variables.find(MetaVariable::CONTENT_TYPE),
          request.variables.header("Content-Encoding")};
}

}  // namespace payhook
