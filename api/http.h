#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http_status.h"
#include "api/meta_variables.h"

namespace payhook {

/// What has not come of a request, because there was too much of it.
enum class Cut : std::uint8_t {
  NOTHING,
  BODY,        ///< it was larger than the limit; `body` is empty
  PARAMETERS,  ///< they, the headers among them, were; some are missing, and `body` is empty
  MEMORY       ///< too much of other requests was there; as with PARAMETERS
};

/// What a client asked, as the front end passed it on. Its variables, and what is a part of them,
/// last until it is answered.
struct HttpRequest {
  MetaVariables variables;
  std::string id;  ///< a header of the answer and a field of the log
  std::string body;
  Cut cut = Cut::NOTHING;
  std::size_t held_bytes = 0;  ///< memory for it that is not seen here, until it is answered
  std::chrono::steady_clock::time_point arrived_at{};  ///< when all that came of it was read

  std::string_view method() const noexcept { return variables.find(MetaVariable::REQUEST_METHOD); }

  /// The request target as received: still percent-encoded, with its query.
  std::string_view uri() const noexcept { return variables.find(MetaVariable::REQUEST_URI); }

  /// What of it stands behind "?", still encoded.
  std::string_view query() const noexcept {
    const std::size_t mark = uri().find('?');
    return mark == std::string_view::npos ? std::string_view() : uri().substr(mark + 1);
  }

  /// Makes it a request without anything, that keeps a little memory for the next one.
  void clear() noexcept;
};

inline constexpr std::string_view k_plain_text = "text/plain; charset=utf-8";

using HttpHeader = std::pair<std::string_view, std::string>;

struct HttpResponse {
  HttpStatus status = 200;
  std::string body;
  std::vector<HttpHeader> headers = {};                ///< beside the usual ones
  std::string_view content_type = "application/json";  ///< with static storage
};

/// Gives the request the id that its front end has for it, REQUEST_ID; a random one where that is
/// not 1 to 128 visible characters of ASCII.
void give_id(HttpRequest& request);

/// The response as a CGI program writes it: status, headers, an empty line, and the body unless
/// the request's method is HEAD.
std::string to_cgi_text(const HttpResponse& response, const HttpRequest& request);

}  // namespace payhook
