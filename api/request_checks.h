#pragma once

#include <cstddef>

#include "api/http.h"
#include "webhook/packaging.h"
#include "webhook/source.h"

/// What is looked at of a request before its body is. All functions throw
/// HttpError, and are thread-safe.
namespace payhook {

/// Throws StoreUnavailable where it has not come whole because too much came at once.
void check_arrival(const HttpRequest& request);

void check_size(const HttpRequest& request, std::size_t most_body_bytes);

void check_type(const HttpRequest& request, const Source& source);

/// As of a source that takes nothing else.
void check_is_json(const HttpRequest& request);

/// A sender or front end that broke off in the middle of a body is not taken at its word.
void check_completeness(const HttpRequest& request);

/// How its body comes.
Packaging packaging_of(const HttpRequest& request);

}  // namespace payhook
