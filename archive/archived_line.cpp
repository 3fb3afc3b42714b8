#include "archive/archived_line.h"

#include "json/grammar.h"
#include "json/writer.h"
#include "webhook/encoding.h"

namespace payhook {

namespace {

void write_bytes(JsonObjectWriter& json, const std::string& key, const std::string& bytes) {
  if (is_utf8(bytes)) {
    json.string(key, bytes);
  } else {
    json.string(key + "_base64", to_base64(bytes));
  }
}

void write_time(JsonObjectWriter& json, const std::string& key,
                const std::optional<Timestamp>& time) {
  if (time) {
    json.string(key, format_milliseconds(*time));
  } else {
    json.null(key);
  }
}

std::string attempt_json(const Attempt& attempt) {
  JsonObjectWriter json;
  json.number("number", std::to_string(attempt.number));
  write_time(json, "started_at", attempt.started_at);
  write_time(json, "ended_at", attempt.ended_at);
  json.string("outcome", attempt.outcome);
  write_bytes(json, "reason", attempt.reason);
  write_bytes(json, "output", attempt.output);
  return json.finish();
}

std::string attempts_json(const std::vector<Attempt>& attempts) {
  std::string array = "[";
  for (const Attempt& attempt : attempts) {
    array += (array.size() > 1 ? ", " : "") + attempt_json(attempt);
  }
  return array + "]";
}

}  // namespace

std::string archived_line(const FinishedTransaction& transaction) {
  const BrowsedTransaction& row = transaction.row;
  const Transaction& payment = row.stored.transaction;
  JsonObjectWriter json;
  json.number("number", std::to_string(row.number))
      .string("source", row.source)
      .string("transaction_id", payment.transaction_id())
      .string("source_account", payment.source_account())
      .string("destination_account", payment.destination_account())
      .number("amount", payment.amount().decimal())
      .string("currency", payment.currency())
      .string("status", row.stored.status);
  write_time(json, "created_at", row.stored.created_at);
  write_time(json, "processed_at", row.stored.processed_at);
  if (row.stored.last_error) {
    write_bytes(json, "last_error", *row.stored.last_error);
  } else {
    json.null("last_error");
  }
  json.string("remote_address", row.remote_address);
  write_bytes(json, "headers", transaction.webhook.headers);
  write_bytes(json, "body", transaction.webhook.body);
  json.value("attempts", attempts_json(transaction.attempts));
  return json.finish() + '\n';
}

}  // namespace payhook
