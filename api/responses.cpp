#include "api/responses.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "json/grammar.h"
#include "json/writer.h"
#include "webhook/parse_webhook.h"
#include "webhook/signed_request.h"

namespace payhook {

namespace {

// Senders retry by their own schedule; this keeps eager ones from retrying at once.
constexpr auto k_retry_after_seconds = "5";

// A page ends with the item that passes this. A connection's socket has room for three times as
// much, whether its peer reads or not, and an item has a third of it at most.
constexpr std::size_t k_most_page_bytes = std::size_t{64} << 10;

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

namespace {

void write_transaction(JsonObjectWriter& json, const StoredTransaction& stored, Attempts attempts) {
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
      json.string("last_error", made_utf8(*stored.last_error));
    } else {
      json.null("last_error");
    }
  }
}

/// null where there is none.
void write_text(JsonObjectWriter& json, std::string_view key, const std::string& text) {
  if (text.empty()) {
    json.null(key);
  } else {
    json.string(key, text);
  }
}

/// An object with the items under `key`, by `write`, and where the next ones are. Behind what there
/// is room for they are left to the next page.
template <typename Item, typename Write>
HttpResponse page_response(std::string_view key, const std::vector<Item>& items,
                           std::optional<std::int64_t> next, const Write& write) {
  std::vector<std::string> objects;
  std::size_t bytes = 0;
  for (const Item& item : items) {
    if (bytes > k_most_page_bytes) {
      next = items[objects.size() - 1].number;
      break;
    }
    bytes += objects.emplace_back(write(item)).size();
  }
  JsonObjectWriter json;
  json.array(key, objects);
  if (next) {
    json.string("next", std::to_string(*next));
  } else {
    json.null("next");
  }
  return {200, json.finish()};
}

}  // namespace

Attempts attempts_by(const Config& config) {
  return config.handlers.has_any() ? Attempts::TOLD : Attempts::NOT_TOLD;
}

HttpResponse transaction_response(const StoredTransaction& stored, Attempts attempts) {
  JsonObjectWriter json;
  write_transaction(json, stored, attempts);
  return {200, json.finish()};
}

HttpResponse transactions_response(const BrowsePage& page, Attempts attempts) {
  return page_response("transactions", page.transactions, page.next,
                       [attempts](const BrowsedTransaction& transaction) {
                         JsonObjectWriter json;
                         write_transaction(json, transaction.stored, attempts);
                         return json.string("source", transaction.source).finish();
                       });
}

HttpResponse attempts_response(std::vector<Attempt> attempts, std::size_t limit, Output output) {
  std::optional<std::int64_t> next;
  if (attempts.size() > limit) {
    attempts.resize(limit);
    next = attempts.back().number;
  }
  return page_response("attempts", attempts, next, [output](const Attempt& attempt) {
    JsonObjectWriter json;
    json.number("number", std::to_string(attempt.number))
        .string("started_at", format_seconds(attempt.started_at));
    write_text(json, "ended_at", attempt.ended_at ? format_seconds(*attempt.ended_at) : "");
    write_text(json, "outcome", attempt.outcome);
    write_text(json, "reason", made_utf8(attempt.reason));
    if (output == Output::TOLD) {
      json.string("output", made_utf8(attempt.output));
    }
    return json.finish();
  });
}

HttpResponse stats_response(Timestamp since, Timestamp before,
                            const std::vector<OutcomeCount>& counts,
                            const std::vector<OutcomeTotal>& totals) {
  std::vector<std::string> in_time;
  in_time.reserve(counts.size());
  for (const OutcomeCount& each : counts) {
    in_time.push_back(JsonObjectWriter()
                          .string("source", each.source)
                          .string("outcome", each.outcome)
                          .number("count", std::to_string(each.count))
                          .finish());
  }
  std::vector<std::string> ever;
  ever.reserve(totals.size());
  for (const OutcomeTotal& each : totals) {
    ever.push_back(JsonObjectWriter()
                       .string("source", each.source)
                       .string("outcome", each.outcome)
                       .number("count", std::to_string(each.count))
                       .string("last_at", format_seconds(each.last_at))
                       .finish());
  }
  return {200, JsonObjectWriter()
                   .string("since", format_seconds(since))
                   .string("before", format_seconds(before))
                   .array("counts", in_time)
                   .array("totals", ever)
                   .finish()};
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
