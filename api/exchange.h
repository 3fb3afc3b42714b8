#pragma once

#include "api/http.h"

namespace payhook {

/// A request that waits for its answer. Whoever is handed one must answer it exactly once, from any
/// thread, and not touch it afterwards: it may then be gone, or be another request.
class Exchange {
 public:
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange() = default;

  virtual HttpRequest& request() noexcept = 0;

  /// Sends the response. A client that has gone is no error.
  virtual void answer(const HttpResponse& response) noexcept = 0;
};

}  // namespace payhook
