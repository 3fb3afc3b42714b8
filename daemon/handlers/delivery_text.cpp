#include "daemon/handlers/delivery_text.h"

#include <fmt/format.h>

#include "core/header_lines.h"
#include "core/sha256.h"
#include "json/grammar.h"
#include "json/writer.h"
#include "webhook/encoding.h"

namespace payhook {

namespace {

constexpr std::size_t k_key_bytes = 16;

}  // namespace

std::string idempotency_key(std::string_view source, std::string_view transaction_id) {
  // A source's name has no such byte.
  const std::string hash = sha256_of(fmt::format("{}\n{}", source, transaction_id));
  std::string key = "msg_";
  for (const char byte : hash.substr(0, k_key_bytes)) {
    key += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return key;
}

std::string delivery_json(const ClaimedTransaction& claimed) {
  const Transaction& transaction = claimed.transaction;
  JsonObjectWriter json;
  json.string("idempotency_key", idempotency_key(claimed.source, transaction.transaction_id()))
      .number("attempt", std::to_string(claimed.claim.attempt))
      .string("source", claimed.source)
      .string("transaction_id", transaction.transaction_id())
      .string("source_account", transaction.source_account())
      .string("destination_account", transaction.destination_account())
      .number("amount", transaction.amount().decimal())
      .string("currency", transaction.currency())
      .string("created_at", format_milliseconds(claimed.created_at));
  if (is_utf8(claimed.body)) {
    json.string("body", claimed.body);
  } else {
    json.string("body_base64", to_base64(claimed.body));
  }
  return json.finish();
}

std::vector<std::string> delivery_environment(const ClaimedTransaction& claimed) {
  const Transaction& transaction = claimed.transaction;
  return {fmt::format("PAYHOOK_IDEMPOTENCY_KEY={}",
                      idempotency_key(claimed.source, transaction.transaction_id())),
          fmt::format("PAYHOOK_ATTEMPT={}", claimed.claim.attempt),
          fmt::format("PAYHOOK_SOURCE={}", claimed.source),
          fmt::format("PAYHOOK_TRANSACTION_ID={}", transaction.transaction_id()),
          fmt::format("PAYHOOK_SOURCE_ACCOUNT={}", transaction.source_account()),
          fmt::format("PAYHOOK_DESTINATION_ACCOUNT={}", transaction.destination_account()),
          fmt::format("PAYHOOK_AMOUNT={}", transaction.amount().decimal()),
          fmt::format("PAYHOOK_CURRENCY={}", transaction.currency()),
          fmt::format("PAYHOOK_CREATED_AT={}", format_milliseconds(claimed.created_at))};
}

std::string content_type_of(const ClaimedTransaction& claimed) {
  const auto values = header_values(claimed.headers, "content-type");
  return std::string(values.empty() ? "application/json" : values.front());
}

}  // namespace payhook
