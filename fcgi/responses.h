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
  HttpError(int status, const std::string& message)
      : std::runtime_error(message), m_status(status) {}

  int status() const noexcept { return m_status; }

 private:
  int m_status;
};

/// {"message": …}
HttpResponse message_response(int status, std::string_view message);

/// GET /: the process is alive.
HttpResponse health_response(Timestamp now);

/// GET of a transaction.
HttpResponse transaction_response(const StoredTransaction& stored);

/// A webhook that is on disk.
const HttpResponse& intake_response(IntakeResult result, ConflictAnswer conflicting_duplicate);

/// The only place where an exception becomes a status. What is not the client's fault is 503.
HttpResponse error_response(const std::exception& error);

}  // namespace payhook
