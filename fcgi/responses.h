#pragma once

#include <exception>
#include <stdexcept>
#include <string>

#include "core/clock.h"
#include "core/config.h"
#include "core/transaction.h"
#include "fcgi/http.h"
#include "store/transaction_store.h"

namespace payhook {

/// A request that ends in this status and {"message": …}, and why.
class HttpError : public std::runtime_error {
 public:
  /// `allow` are the methods that a 405 has to name.
  HttpError(int status, const std::string& message, const char* allow = nullptr)
      : std::runtime_error(message), m_status(status), m_allow(allow) {}

  int status() const noexcept { return m_status; }
  const char* allow() const noexcept { return m_allow; }

 private:
  int m_status;
  const char* m_allow;
};

/// {"message": …}
HttpResponse message_response(int status, std::string_view message);

/// GET /: the process is alive.
HttpResponse health_response(Timestamp now);

/// GET of a transaction.
HttpResponse transaction_response(const StoredTransaction& stored);

/// A webhook that is on disk.
const HttpResponse& intake_response(IntakeResult result, ConflictAnswer conflicting_duplicate);

/// A request that cannot be served now: 503, with the time after which to try again.
HttpResponse unavailable_response();

/// The only place where an exception becomes a status. What is not the client's fault is 503.
HttpResponse error_response(const std::exception& error);

}  // namespace payhook
