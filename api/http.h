#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http_status.h"

namespace payhook {

/// What has not come of a request, because there was too much of it.
enum class Cut : std::uint8_t {
  NOTHING,
  BODY,        ///< it was larger than the limit; `body` is empty
  PARAMETERS,  ///< they, the headers among them, were; some are missing, and `body` is empty
  MEMORY       ///< too much of other requests was there; as with PARAMETERS
};

/// What a client asked, as the front end passed it on. A header that was not sent is "".
struct HttpRequest {
  std::string method;
  std::string uri;  ///< the request target as received: still percent-encoded, with its query
  std::string content_type;
  std::string content_length;
  std::string content_encoding;
  std::string remote_address;
  std::string request_id;
  std::string body;
  Cut cut = Cut::NOTHING;
  std::size_t held_bytes = 0;  ///< memory for it that is not seen here, until it is answered

  /// Makes it a request without anything, that keeps a little memory for the next one.
  void clear() noexcept;
};

using HttpHeader = std::pair<std::string_view, std::string>;

struct HttpResponse {
  HttpStatus status = 200;
  std::string body;                      ///< JSON, or empty
  std::vector<HttpHeader> headers = {};  ///< beside the usual ones
};

/// Whether set_from_meta_variable() has a field for it.
bool is_meta_variable(std::string_view name) noexcept;

/// Sets a field of `request` from a CGI meta-variable (RFC 3875) such as REQUEST_METHOD; other
/// names are ignored. A header (HTTP_*) that is given again adds to a list; of anything else that
/// is given again the last counts. REQUEST_ID is the front end's name for this request.
void set_from_meta_variable(HttpRequest& request, std::string_view name, std::string_view value);

/// The same from NAME=value, as an environment has it; what has no "=" is ignored.
void set_from_environment(HttpRequest& request, std::string_view variable);

/// Gives a random id to a request whose front end gave it none, or one that is not 1 to 128 visible
/// characters of ASCII: it becomes a header of the answer and a field of the log.
void give_id_if_missing(HttpRequest& request);

/// The response as a CGI program writes it: status, headers, an empty line, and the body unless
/// the request's method is HEAD.
std::string to_cgi_text(const HttpResponse& response, const HttpRequest& request);

}  // namespace payhook
