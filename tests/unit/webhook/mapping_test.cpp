#include "webhook/mapping.h"

#include <boost/test/unit_test.hpp>
#include <tuple>

#include "payment/invalid_field.h"
#include "webhook/parse_webhook.h"

namespace payhook::test {

namespace {

PaymentRule rule() {
  return {.when = {},
          .transaction_id = {"{/id}"},
          .source_account = {"{/from}", "guest"},
          .destination_account = {"shop"},
          .amount = {"{/amount}"},
          .currency = {"{/currency}", "EUR"},
          .amount_unit = AmountUnit::MAJOR};
}

/// "id from to amount currency", "event: type", or "invalid: why".
std::string read_one(const MappingRules& rules, const std::string& body) {
  try {
    const Statements read = Mapping(rules).read(body, Currencies());
    const auto& content = read.statements.at(0).content;
    if (const auto* event = std::get_if<OtherEvent>(&content)) {
      return "event: " + event->type;
    }
    const auto& t = std::get<Transaction>(content);
    return t.transaction_id() + ' ' + t.source_account() + ' ' + t.destination_account() + ' ' +
           t.amount().decimal() + ' ' + t.currency();
  } catch (const InvalidWebhook& e) {
    return std::string("invalid: ") + e.what();
  } catch (const InvalidField& e) {
    return std::string("invalid: ") + e.what();
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mapping)

BOOST_AUTO_TEST_CASE(values_come_from_fields_constants_and_what_is_there_first) {
  MappingRules rules{.event = {"{/type}"}, .payments = {rule()}};
  rules.payments[0].transaction_id = {"{/type}:{/id}", "{/id}"};
  const std::pair<const char*, const char*> cases[] = {
      {R"({"id": "a", "amount": 5})", "a guest shop 5.0 EUR"},
      {R"({"id": 820982911946154508, "amount": "5.10", "type": "x"})",
       "x:820982911946154508 guest shop 5.1 EUR"},
      {R"({"id": "\u0061", "from": "b\"c", "amount": 1e2, "currency": "usd"})",
       "a b\"c shop 100.0 USD"},
      {R"({"id": true, "from": null, "amount": 5, "currency": ""})", "true guest shop 5.0 EUR"},
      {R"({"id": "a", "from": {"b": 1}, "amount": 5})", "a guest shop 5.0 EUR"},
      {R"({"id": "a", "amount": 0.001})", "invalid: Invalid amount: EUR has 2 decimal places"},
      {R"({"id": [1], "amount": 5})",
       "invalid: Invalid transaction_id: it is not where the mapping says"},
      {R"({"id": "a"})", "invalid: Invalid amount: it is not where the mapping says"},
      {R"({"id": "a", "amount": 0, "type": "t"})", "event: t"},
      {R"({"id": "a", "amount": "-0.00"})", "event: unnamed"},
      {R"({"id": "a", "amount": 0e9})", "event: unnamed"},
      {R"({"id": "a", "amount": 0, "type": "a\u001bb"})", "event: unnamed"},
      {R"({"id": "a", "amount": "-.-"})",
       "invalid: Invalid amount: must be a number or a string holding one"},
      {R"({"id": "a", "amount": -5})", "invalid: Invalid amount: must be greater than 0"},
      {"[]", "invalid: Invalid amount: it is not where the mapping says"},
      {"7", "invalid: Invalid amount: it is not where the mapping says"},
      {"", "invalid: Invalid JSON"},
      {R"({"id": "a", "id": "b", "amount": 5})", "invalid: Invalid JSON"},
  };
  for (const auto& [body, expected] : cases) {
    BOOST_TEST_CONTEXT(body) { BOOST_TEST(read_one(rules, body) == expected); }
  }
}

BOOST_AUTO_TEST_CASE(minor_units_are_the_senders_own) {
  MappingRules rules{.minor_units = {{"ISK", 2}, {"MGA", 0}}, .payments = {rule()}};
  rules.payments[0].amount_unit = AmountUnit::MINOR;
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"EUR", "1234", "12.34"},
      {"JPY", "1234", "1234.0"},
      {"BHD", "1234", "1.234"},
      {"ISK", "77700", "777.0"},
      {"MGA", "500", "500.0"},
      {"EUR", "\"1234\"", "12.34"},
      {"EUR", "999999999999999999", "9999999999999999.99"},
  };
  for (const auto& [currency, amount, decimal] : cases) {
    const std::string body =
        std::string(R"({"id": "a", "currency": ")") + currency + R"(", "amount": )" + amount + "}";
    BOOST_TEST(read_one(rules, body) == std::string("a guest shop ") + decimal + ' ' + currency);
  }
  for (const char* amount : {"5.5", "5e2", "\"+5\"", "\" 5\"", "true", "1e-2"}) {
    const std::string body = std::string(R"({"id": "a", "amount": )") + amount + "}";
    BOOST_TEST(read_one(rules, body) ==
               "invalid: Invalid amount: must be a whole number of minor units");
  }
  BOOST_TEST(read_one(rules, R"({"id": "a", "currency": "ISK", "amount": 777})") ==
             "invalid: Invalid amount: ISK has 0 decimal places");
}

BOOST_AUTO_TEST_CASE(the_first_rule_whose_conditions_all_hold_counts) {
  MappingRules rules{
      .when = {{"/live", {{false, "true"}}}}, .event = {"{/type}"}, .payments = {rule(), rule()}};
  rules.payments[0].when = {{"/type", {{true, "paid"}, {true, "captured"}}},
                            {"/n", {{false, "1"}}}};
  rules.payments[1].when = {{"/type", {{true, "paid"}}}};
  rules.payments[1].destination_account = {"second"};
  const auto of = [&](const std::string& members) {
    return read_one(rules, R"({"id": "a", "amount": 5, )" + members + "}");
  };
  BOOST_TEST(of(R"("live": true, "type": "captured", "n": 1)") == "a guest shop 5.0 EUR");
  BOOST_TEST(of(R"("live": true, "type": "paid", "n": 2)") == "a guest second 5.0 EUR");
  BOOST_TEST(of(R"("live": true, "type": "paid", "n": "1")") == "a guest second 5.0 EUR");
  BOOST_TEST(of(R"("live": true, "type": "failed", "n": 1)") == "event: failed");
  BOOST_TEST(of(R"("live": true, "type": ["paid"])") == "event: unnamed");
  BOOST_TEST(of(R"("live": false, "type": "paid")") == "event: paid");
  BOOST_TEST(of(R"("live": "true", "type": "paid")") == "event: paid");
  BOOST_TEST(of(R"("type": "paid")") == "event: paid");
}

BOOST_AUTO_TEST_CASE(items_are_read_each_and_one_that_cannot_be_is_told) {
  const Mapping mapping({.items = "/items", .event = {"{/type}"}, .payments = {rule()}});
  const std::string body =
      R"({"items": [{"id": "a", "amount": 5}, {"id": "b"}, {"id": "c", "amount": 0}, 7]})";
  const Statements read = mapping.read(body, Currencies());
  BOOST_REQUIRE(read.statements.size() == 2U);
  BOOST_TEST(read.statements[0].text == R"({"id": "a", "amount": 5})");
  BOOST_TEST(std::holds_alternative<OtherEvent>(read.statements[1].content));
  BOOST_TEST(read.why_not_all.value() == "Invalid amount: it is not where the mapping says");
  std::string many = R"({"items": [)";
  for (std::size_t i = 0; i <= Mapping::k_most_items; ++i) {
    many += "0,";
  }
  many.back() = ']';
  for (const std::string& wrong : {std::string("{}"), std::string(R"({"items": []})"),
                                   std::string(R"({"items": {}})"), many + "}"}) {
    BOOST_CHECK_THROW(mapping.read(wrong, Currencies()), InvalidWebhook);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
