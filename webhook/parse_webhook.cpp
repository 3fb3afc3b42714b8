#include "webhook/parse_webhook.h"

#include <json/json.h>

#include <memory>
#include <string>

#include "core/invalid_field.h"
#include "webhook/json_grammar.h"

namespace payhook {

namespace {

std::unique_ptr<Json::CharReader> make_reader() {
  Json::CharReaderBuilder builder;
  Json::CharReaderBuilder::strictMode(&builder.settings_);  // duplicate keys are refused
  return std::unique_ptr<Json::CharReader>(builder.newCharReader());
}

/// jsoncpp alone, even in strict mode, takes comments, a byte-order mark, "007" and much else for
/// JSON, and refuses "1e999". So the grammar is checked first, and jsoncpp sees no number: those
/// are read from the body's own text.
Json::Value parse_object(std::string_view body) {
  thread_local const std::unique_ptr<Json::CharReader> reader = make_reader();
  thread_local std::string blanked;
  Json::Value root;
  if (is_json(body, blanked) &&
      reader->parse(blanked.data(), blanked.data() + blanked.size(), &root, nullptr) &&
      root.isObject()) {
    return root;
  }
  throw InvalidWebhook("Invalid JSON");
}

bool is_empty_text(const Json::Value& value) {
  const char* begin = nullptr;
  const char* end = nullptr;
  return value.isString() && value.getString(&begin, &end) && begin == end;
}

const Json::Value& require(const Json::Value& object, const char* field) {
  const Json::Value* value = object.find(field, field + std::char_traits<char>::length(field));
  if (value == nullptr || value->isNull() || is_empty_text(*value)) {
    throw InvalidWebhook("Missing required fields");
  }
  return *value;
}

std::string text_of(const char* field, const Json::Value& value) {
  if (!value.isString()) {
    throw InvalidField(field, "must be a string");
  }
  return value.asString();
}

std::string amount_text(const Json::Value& value, std::string_view body) {
  if (value.isNumeric()) {
    return std::string(json_number_at(body, static_cast<std::size_t>(value.getOffsetStart())));
  }
  if (!value.isString()) {
    throw InvalidField("amount", "must be a number or a string holding one");
  }
  return value.asString();
}

}  // namespace

Transaction parse_webhook(std::string_view body, const Currencies& currencies) {
  const Json::Value root = parse_object(body);
  const Json::Value& transaction_id = require(root, "transaction_id");
  const Json::Value& source_account = require(root, "source_account");
  const Json::Value& destination_account = require(root, "destination_account");
  const Json::Value& amount = require(root, "amount");
  const Json::Value& currency_code = require(root, "currency");

  Currency currency = currencies.find(text_of("currency", currency_code));
  return {text_of("transaction_id", transaction_id), text_of("source_account", source_account),
          text_of("destination_account", destination_account),
          Amount::parse(amount_text(amount, body), currency), std::move(currency.code)};
}

}  // namespace payhook
