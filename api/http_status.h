#pragma once

#include <stdexcept>
#include <string_view>

namespace payhook {

/// A status of HTTP with its name. One that has no name here does not compile.
class HttpStatus {
 public:
  consteval HttpStatus(int code) : m_code(code), m_reason(reason_of(code)) {}

  constexpr operator int() const noexcept { return m_code; }
  constexpr std::string_view reason() const noexcept { return m_reason; }

 private:
  static consteval std::string_view reason_of(int code) {
    switch (code) {
      case 200:
        return "OK";
      case 201:
        return "Created";
      case 202:
        return "Accepted";
      case 204:
        return "No Content";
      case 400:
        return "Bad Request";
      case 401:
        return "Unauthorized";
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
      case 429:
        return "Too Many Requests";
      case 431:
        return "Request Header Fields Too Large";
      case 503:
        return "Service Unavailable";
      default:
        throw std::logic_error("a status without a name");
    }
  }

  int m_code;
  std::string_view m_reason;
};

}  // namespace payhook
