#pragma once

#include <string>
#include <vector>

#include "api/http.h"
#include "store/statistics.h"

namespace payhook {

/// What keeps payhook from being ready, as far as can be read of the store: a sentence for each.
/// Nothing where it is ready. It never throws for the store's sake.
std::vector<std::string> hindrances(Statistics& statistics);

/// GET /readyz: 200, or 503 with the reasons.
HttpResponse readiness_response(const std::vector<std::string>& hindrances);

}  // namespace payhook
