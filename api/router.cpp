#include "api/router.h"

#include <optional>
#include <string>
#include <utility>

#include "api/responses.h"
#include "core/ascii.h"

namespace payhook {

namespace {

/// What comes after scheme and host, where a target has them (RFC 9112, section 3.2.2). nginx
/// leaves them out itself, Apache httpd does not.
std::string_view without_host(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (in_lower_case(target.substr(0, scheme.size())) == scheme) {
      const std::size_t end = target.find_first_of("/?", scheme.size());
      return end == target.npos ? "/" : target.substr(end);
    }
  }
  return target;
}

/// The path of a request target; that of "http://host?query" is empty, and means "/".
std::string_view path_of(std::string_view target) {
  const std::string_view path_and_query = target.starts_with('/') ? target : without_host(target);
  return path_and_query.starts_with('?') ? "/" : path_and_query.substr(0, path_and_query.find('?'));
}

/// The parameter of a path that the pattern fits, which is empty where the pattern has none.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  const std::size_t fixed = pattern.find('{');
  if (fixed == pattern.npos) {
    return path == pattern ? std::optional(std::string_view()) : std::nullopt;
  }
  const std::string_view end = pattern.substr(pattern.find('}') + 1);
  if (path.size() <= fixed + end.size() || !path.starts_with(pattern.substr(0, fixed)) ||
      !path.ends_with(end)) {
    return std::nullopt;
  }
  const std::string_view parameter = path.substr(fixed, path.size() - fixed - end.size());
  return parameter.find('/') == parameter.npos ? std::optional(parameter) : std::nullopt;
}

bool serves(std::string_view method, std::string_view asked) {
  return asked == method || (method == "GET" && asked == "HEAD");
}

/// The answer to a method that a known path has no use for.
HttpResponse other_method(std::string_view method, const std::string& allowed) {
  if (method != "OPTIONS") {
    throw HttpError(405, "Method not allowed", {{"Allow", allowed}});
  }
  HttpResponse response{204, ""};
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace

Router::Router(std::vector<Route> routes) : m_routes(std::move(routes)) {}

void Router::serve(Exchange& exchange) const {
  const HttpRequest& request = exchange.request();
  const std::string_view method = request.method();
  const std::string_view path = path_of(request.uri());
  std::string allowed;
  for (const Route& route : m_routes) {
    if (const auto parameter = match(route.pattern, path)) {
      if (serves(route.method, method)) {
        route.handler(exchange, *parameter);
        return;
      }
      if (route.method != "OPTIONS") {
        allowed.append(route.method).append(route.method == "GET" ? ", HEAD, " : ", ");
      }
    }
  }
  if (allowed.empty()) {
    throw HttpError(404, "Not found");
  }
  exchange.answer(other_method(method, allowed + "OPTIONS"));
}

}  // namespace payhook
