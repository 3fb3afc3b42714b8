#include "fcgi/http.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cstdint>
#include <iterator>

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

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    default:
      return "Service Unavailable";
  }
}

std::string random_id() {
  std::array<std::uint64_t, 2> bits{};
  if (::getrandom(bits.data(), sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) {
    return "unknown";
  }
  return fmt::format("{:016x}{:016x}", bits[0], bits[1]);
}

}  // namespace

void set_from_meta_variable(HttpRequest& request, std::string_view name, std::string_view value) {
  for (const MetaVariable& variable : k_meta_variables) {
    if (variable.name == name) {
      request.*variable.field = value;
      return;
    }
  }
}

std::string to_cgi_text(const HttpResponse& response, const HttpRequest& request) {
  std::string text;
  text.reserve(320 + response.body.size());
  fmt::format_to(std::back_inserter(text),
                 "Status: {} {}\r\n"
                 "Content-Type: application/json\r\n"
                 "Cache-Control: no-store\r\n"
                 "X-Content-Type-Options: nosniff\r\n"
                 "X-Request-Id: {}\r\n",
                 response.status, reason_of(response.status),
                 request.request_id.empty() ? random_id() : request.request_id);
  if (response.status != 204) {
    fmt::format_to(std::back_inserter(text), "Content-Length: {}\r\n", response.body.size());
  }
  for (const auto& [name, value] : response.headers) {
    fmt::format_to(std::back_inserter(text), "{}: {}\r\n", name, value);
  }
  text += "\r\n";
  if (request.method != "HEAD") {
    text += response.body;
  }
  return text;
}

}  // namespace payhook
