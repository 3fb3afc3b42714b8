#pragma once

#include <exception>

#include "api/http.h"

namespace payhook {

/// The answer to a request that an exception has ended, of which the log then tells. Thread-safe.
HttpResponse refusal(const HttpRequest& request, const std::exception& why);

}  // namespace payhook
