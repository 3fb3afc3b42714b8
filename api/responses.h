#pragma once

#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "api/http.h"
#include "core/clock.h"
#include "payment/transaction.h"
#include "service/config/config.h"
#include "store/transaction_store.h"

namespace payhook {

/// A request that ends in this status and {"message": …}, and why.
class HttpError : public std::runtime_error {
 public:
  /// `headers` are those that the status asks for, as 405 does for Allow.
  HttpError(HttpStatus status, const std::string& message, std::vector<HttpHeader> headers = {})
      : std::runtime_error(message), m_status(status), m_headers(std::move(headers)) {}

  HttpStatus status() const noexcept { return m_status; }
  const std::vector<HttpHeader>& headers() const noexcept { return m_headers; }

 private:
  HttpStatus m_status;
  std::vector<HttpHeader> m_headers;
};

/// {"message": …}
HttpResponse message_response(HttpStatus status, std::string_view message);

/// GET /: the process is alive.
HttpResponse health_response(Timestamp now);

/// GET of a transaction. What its handler came to is told where there are handlers: the keys of
/// payhook's plain contract are exact.
enum class Attempts { TOLD, NOT_TOLD };
Attempts attempts_by(const Config& config);
HttpResponse transaction_response(const StoredTransaction& stored, Attempts attempts);

/// Some of the transactions, and what to ask with for those behind them: a cursor, which is a text
/// to those who are told it.
HttpResponse transactions_response(const BrowsePage& page, Attempts attempts);

/// The attempts of a transaction, the newest first, and a cursor where there are more than `limit`.
/// What the handler said is for operators.
enum class Output { TOLD, NOT_TOLD };
HttpResponse attempts_response(std::vector<Attempt> attempts, std::size_t limit, Output output);

/// What was counted from `since` to before `before`, and ever.
HttpResponse stats_response(Timestamp since, Timestamp before,
                            const std::vector<OutcomeCount>& counts,
                            const std::vector<OutcomeTotal>& totals);

/// A request that cannot be served now: 503, with the time after which to try again.
HttpResponse unavailable_response();

/// The only place where an exception becomes a status. What is not the client's fault is 503.
HttpResponse error_response(const std::exception& error);

}  // namespace payhook
