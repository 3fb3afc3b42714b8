#include "api/responses.h"

#include <string>

#include "json/writer.h"
#include "webhook/parse_webhook.h"
#include "webhook/signed_request.h"

namespace payhook {

namespace {

// Senders retry by their own schedule; this keeps eager ones from retrying at once.
constexpr auto k_retry_after_seconds = "5";

}  // namespace

HttpResponse message_response(HttpStatus status, std::string_view message) {
  return {status, JsonObjectWriter().string("message", message).finish()};
}

HttpResponse health_response(Timestamp now) {
  return {200, JsonObjectWriter()
                   .string("status", "HEALTHY")
                   .string("current_time", format_seconds(now))
                   .finish()};
}

HttpResponse transaction_response(const StoredTransaction& stored, Attempts attempts) {
  JsonObjectWriter json;
  json.string("transaction_id", stored.transaction.transaction_id())
      .string("source_account", stored.transaction.source_account())
      .string("destination_account", stored.transaction.destination_account())
      .number("amount", stored.transaction.amount().decimal())
      .string("currency", stored.transaction.currency())
      .string("status", stored.status)
      .string("created_at", format_seconds(stored.created_at));
  if (stored.processed_at) {
    json.string("processed_at", format_seconds(*stored.processed_at));
  } else {
    json.null("processed_at");
  }
  if (attempts == Attempts::TOLD) {
    json.number("attempts", std::to_string(stored.attempts));
    if (stored.last_error) {
      json.string("last_error", *stored.last_error);
    } else {
      json.null("last_error");
    }
  }
  return {200, json.finish()};
}

HttpResponse unavailable_response() {
  HttpResponse response = message_response(503, "Temporarily unavailable");
  response.headers.emplace_back("Retry-After", k_retry_after_seconds);
  return response;
}

HttpResponse error_response(const std::exception& error) {
  if (const auto* http = dynamic_cast<const HttpError*>(&error)) {
    HttpResponse response = message_response(http->status(), http->what());
    response.headers = http->headers();
    return response;
  }
  if (dynamic_cast<const InvalidWebhook*>(&error) != nullptr) {
    return message_response(400, error.what());
  }
  if (dynamic_cast<const RepeatedHeader*>(&error) != nullptr) {
    return message_response(400, "Repeated signature header");
  }
  if (dynamic_cast<const InvalidSignature*>(&error) != nullptr) {
    return message_response(401, "Invalid signature");
  }
  return unavailable_response();
}

}  // namespace payhook
