#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/exchange.h"

namespace payhook {

/// Which handler serves a path and a method. One thread at a time uses it.
class Router {
 public:
  /// Answers the exchange, then or later. `parameter` is what the path has in place of the
  /// pattern's braces, still percent-encoded; it is gone once the exchange is answered.
  using Handler = std::function<void(Exchange& exchange, std::string_view parameter)>;

  struct Route {
    std::string_view method;  ///< "GET" is HEAD too
    std::string pattern;      ///< a segment of it may be "{name}": any one, but no empty one
    Handler handler;
  };

  /// OPTIONS is answered by the router where no route has it.
  explicit Router(std::vector<Route> routes);

  /// Hands the exchange to the handler of its path and method. Throws HttpError, and what the
  /// handler throws.
  void serve(Exchange& exchange) const;

 private:
  std::vector<Route> m_routes;
};

}  // namespace payhook
