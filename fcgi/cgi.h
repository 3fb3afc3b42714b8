#pragma once

#include <iosfwd>

#include "core/clock.h"
#include "service/config/config.h"
#include "store/transaction_store.h"

namespace payhook {

/// Serves the one request of a plain CGI program (RFC 3875): meta-variables from `environment` (a
/// null-terminated array of NAME=value), body from descriptor `input`, the response to `output`.
/// The routes and answers are the responder's; a store that cannot be used is answered 503.
/// Returns the exit status.
int serve_cgi(const Config& config, const Clock& clock, TransactionStore& store,
              const char* const* environment, int input, std::ostream& output);

}  // namespace payhook
