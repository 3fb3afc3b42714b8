#include "webhook/parse_webhook.h"

#include <algorithm>
#include <array>
#include <string>

#include "json/grammar.h"
#include "json/string_value.h"
#include "payment/invalid_field.h"

namespace payhook {

namespace {

bool is_missing(const JsonMember& field) {
  return field.text.empty() || field.text == "null" || field.text == R"("")";
}

bool is_string(std::string_view text) { return text.starts_with('"'); }

bool is_number(std::string_view text) {
  return text.starts_with('-') || (text.front() >= '0' && text.front() <= '9');
}

std::string string_of(const JsonMember& field) {
  if (!is_string(field.text)) {
    throw InvalidField(std::string(field.name), "must be a string");
  }
  return read_json_string(field.text);
}

/// The text of a number is used as it stands in the body, so that it stays exact.
std::string amount_text(const JsonMember& field) {
  if (is_string(field.text)) {
    return read_json_string(field.text);
  }
  if (!is_number(field.text)) {
    throw InvalidField(std::string(field.name), "must be a number or a string holding one");
  }
  return std::string(field.text);
}

}  // namespace

Transaction parse_webhook(const std::string& body, const Currencies& currencies) {
  std::array<JsonMember, 5> fields{
      {{"transaction_id"}, {"source_account"}, {"destination_account"}, {"amount"}, {"currency"}}};
  const auto& [transaction_id, source_account, destination_account, amount, currency_code] = fields;
  if (!read_json(body, fields).starts_with('{')) {
    throw InvalidWebhook("Invalid JSON");
  }
  if (std::any_of(fields.begin(), fields.end(), is_missing)) {
    throw InvalidWebhook("Missing required fields");
  }
  Currency currency = currencies.find(string_of(currency_code));
  return {string_of(transaction_id), string_of(source_account), string_of(destination_account),
          Amount::parse(amount_text(amount), currency), std::move(currency.code)};
}

}  // namespace payhook
