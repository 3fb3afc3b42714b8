#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "api/exchange.h"

namespace payhook {

/// Which handler serves a path and a method. Any number of threads may use it.
class Router {
 public:
  /// Answers the exchange, then or later. `parameter` is what the path has in place of the
  /// pattern's braces, still percent-encoded; it is gone once the exchange is answered.
  using Handler = std::function<void(Exchange& exchange, std::string_view parameter)>;

  struct Route {
    std::string_view method;   ///< "GET" is HEAD too
    std::string_view pattern;  ///< its last segment may be "{name}": any one, but no empty one
    Handler handler;
  };

  explicit Router(std::vector<Route> routes);

  /// Hands the exchange to the handler of its path and method, and answers OPTIONS itself. Throws
  /// HttpError, and what the handler throws.
  void serve(Exchange& exchange) const;

 private:
  const std::vector<Route> m_routes;
};

}  // namespace payhook
