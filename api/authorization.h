#pragma once

#include <string>

#include "api/http.h"
#include "service/config/config.h"

/// Who has a token that the configuration names (RFC 6750, section 2.1). How long it takes to find
/// that out tells nothing of the tokens. All functions are thread-safe.
namespace payhook {

/// Whether it has one of those that let operate.
bool is_operator(const HttpRequest& request, const Config& config);

/// Throws HttpError, 401, for a request without one of the tokens that reading needs: who may
/// operate may read.
void require_reader(const HttpRequest& request, const Config& config);

/// The name of the token that lets the request operate. Throws HttpError, 401, where there is none.
std::string require_operator(const HttpRequest& request, const Config& config);

}  // namespace payhook
