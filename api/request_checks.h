#pragma once

#include <string>

#include "api/http.h"
#include "webhook/source.h"

/// What is looked at of a webhook's request before anybody asks who sent it. All functions throw
/// HttpError, and are thread-safe.
namespace payhook {

/// Throws StoreUnavailable where it has not come whole because too much came at once.
void check_arrival(const HttpRequest& request);

void check_size(const HttpRequest& request, const Source& source);

void check_type(const HttpRequest& request, const Source& source);

/// A sender or front end that broke off in the middle of a body is not taken at its word.
void check_completeness(const HttpRequest& request);

/// The JSON of a body that has passed the others: unpacked, and out of its form.
std::string json_of(const HttpRequest& request, const Source& source);

/// Whether json_of() is the body as it came.
bool is_plain_json(const HttpRequest& request, const Source& source);

}  // namespace payhook
