#include "api/http.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace payhook {

namespace {

struct MetaVariable {
  std::string_view name;
  std::string HttpRequest::*field;
};

constexpr std::array<MetaVariable, 7> k_meta_variables{{
    {"REQUEST_METHOD", &HttpRequest::method},
    {"REQUEST_URI", &HttpRequest::uri},
    {"CONTENT_TYPE", &HttpRequest::content_type},
    {"CONTENT_LENGTH", &HttpRequest::content_length},
    {"HTTP_CONTENT_ENCODING", &HttpRequest::content_encoding},
    {"REMOTE_ADDR", &HttpRequest::remote_address},
    {"REQUEST_ID", &HttpRequest::request_id},
}};

// Of a field, for the next request of its connection: there may be tens of thousands that wait.
constexpr std::size_t k_kept_bytes = 64;

std::string HttpRequest::*field_of(std::string_view name) noexcept {
  for (const MetaVariable& variable : k_meta_variables) {
    if (variable.name == name) {
      return variable.field;
    }
  }
  return nullptr;
}

void empty(std::string& field) noexcept {
  if (field.capacity() > k_kept_bytes) {
    std::string().swap(field);
  } else {
    field.clear();
  }
}

// Room for any front end's ids; in the log's lines a longer one would leave none for the rest.
constexpr std::size_t k_max_id_bytes = 128;

/// Whether it may stand in a header and in the log as it is.
bool is_good_id(std::string_view id) {
  return !id.empty() && id.size() <= k_max_id_bytes &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string random_id() {
  std::array<std::uint64_t, 2> bits{};
  if (::getrandom(bits.data(), sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) {
    return "unknown";
  }
  return fmt::format("{:016x}{:016x}", bits[0], bits[1]);
}

}  // namespace

void HttpRequest::clear() noexcept {
  for (const MetaVariable& variable : k_meta_variables) {
    empty(this->*variable.field);
  }
  empty(body);
  cut = Cut::NOTHING;
  held_bytes = 0;
}

bool is_meta_variable(std::string_view name) noexcept { return field_of(name) != nullptr; }

void set_from_meta_variable(HttpRequest& request, std::string_view name, std::string_view value) {
  const auto field = field_of(name);
  if (field == nullptr) {
    return;
  }
  // A header that came twice is one with a list of values (RFC 9110, section 5.3). The rest is the
  // front end's own: it says it twice where its configuration does.
  const bool adds = name.starts_with("HTTP_") && !(request.*field).empty();
  if (adds) {
    (request.*field).append(", ").append(value);
  } else {
    request.*field = value;
  }
}

void set_from_environment(HttpRequest& request, std::string_view variable) {
  const std::size_t equals = variable.find('=');
  if (equals != std::string_view::npos) {
    set_from_meta_variable(request, variable.substr(0, equals), variable.substr(equals + 1));
  }
}

void give_id_if_missing(HttpRequest& request) {
  if (!is_good_id(request.request_id)) {
    request.request_id = random_id();
  }
}

std::string to_cgi_text(const HttpResponse& response, const HttpRequest& request) {
  std::string text;
  text.reserve(320 + response.body.size());
  const auto header = [&text](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  text.append("Status: ").append(std::to_string(response.status)).append(" ");
  text.append(response.status.reason()).append("\r\n");
  header("Content-Type", "application/json");
  header("Cache-Control", "no-store");
  header("X-Content-Type-Options", "nosniff");
  header("X-Request-Id", request.request_id);
  if (response.status != 204) {
    header("Content-Length", std::to_string(response.body.size()));
  }
  for (const auto& [name, value] : response.headers) {
    header(name, value);
  }
  text.append("\r\n");
  if (request.method != "HEAD") {
    text.append(response.body);
  }
  return text;
}

}  // namespace payhook
