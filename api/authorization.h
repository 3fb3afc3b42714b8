#pragma once

#include "api/http.h"
#include "service/config/reading_config.h"

namespace payhook {

/// Throws HttpError, 401, for a request without one of the tokens that reading needs (RFC 6750,
/// section 2.1). How long that takes tells nothing of them. Thread-safe.
void require_reader(const HttpRequest& request, const ReadingConfig& config);

}  // namespace payhook
