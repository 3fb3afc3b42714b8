#include "ctl/provider_file.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>

#include "ctl/text_lines.h"

namespace payhook::test {

namespace {

struct Reading {
  std::string text;
  ProviderFileFormat format = {};
  Source source = {};
};

/// Its payments, "1: id 500.0 INR", a line each; or what is wrong.
std::string read(const Reading& reading) try {
  std::istringstream in(reading.text);
  const Currencies currencies;
  ProviderFile file(in, reading.format, reading.source, currencies);
  std::string payments;
  for (auto each = file.next(); each; each = file.next()) {
    payments += fmt::format("{}: {} {} {}\n", each->line, each->transaction_id,
                            each->amount.decimal(), each->currency);
  }
  return payments + (file.left_out() > 0 ? fmt::format("{} left out", file.left_out()) : "");
} catch (const WrongLine& e) {
  return e.what();
} catch (const std::invalid_argument& e) {
  return std::string("no: ") + e.what();
}

/// A source as a preset makes one: Stripe counts krónur in cents.
Source provider() {
  Source source;
  source.name = "bank";
  source.id_prefix = "bank:";
  source.mapping = std::make_shared<Mapping>(MappingRules{.minor_units = {{"ISK", 2}}});
  return source;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(provider_files)

BOOST_AUTO_TEST_CASE(payments_are_read_from_csv_and_json_lines) {
  const std::pair<Reading, std::string> table[] = {
      {{"transaction_id,amount,currency\na,1500.50,inr\n"}, "2: a 1500.5 INR\n"},
      {{R"({"transaction_id": "a", "amount": 1500.50, "currency": "INR"})"
        "\n\n"
        R"({"transaction_id": 7, "amount": "1e2", "currency": "INR"})"},
       "1: a 1500.5 INR\n3: 7 100.0 INR\n"},
      {{"Ref;Betrag\nx;1.234,50\n",
        {.id = "Ref", .amount = "Betrag", .currency = "EUR", .decimal_mark = ','}},
       "2: x 1234.5 EUR\n"},
      {{R"({"id": "x", "sum": {"value": 7}, "a/b": "usd"})",
        {.id = "/id", .amount = "/sum/value", .currency = "a/b"}},
       "1: x 7.0 USD\n"},
      {{"id,amount,currency\na,2000,usd\nbank:b,2000,isk\nc,2000,jpy\n",
        {.id = "id", .amount_unit = AmountUnit::MINOR},
        provider()},
       "2: bank:a 20.0 USD\n3: bank:b 20.0 ISK\n4: bank:c 2000.0 JPY\n"},
      {{"transaction_id,amount,currency,type,to\na,1,USD,charge,me\nb,-1,USD,refund,me\n"
        "c,1,USD,charge,you\n",
        {.only = {{"type", "charge"}, {"to", "me"}}}},
       "2: a 1.0 USD\n2 left out"},
  };
  for (const auto& [reading, expected] : table) {
    BOOST_TEST(read(reading) == expected);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_refused_with_its_line) {
  const std::pair<Reading, std::string> table[] = {
      {{""}, "no: it is empty"},
      {{"id,amount\n"}, "no: there is no column 'transaction_id' but: id, amount"},
      {{"transaction_id,amount,Cur\n"},
       "no: there is no column 'currency' but: transaction_id, amount, Cur, and it is no "
       "currency's "
       "code"},
      {{"transaction_id,amount,currency\na,-5,USD\n"},
       "line 2: Invalid amount: must be greater than 0 (--only leaves out what is no payment)"},
      {{"transaction_id,amount,currency\na,5,USD\nb,\"1,5\",USD\n"},
       "line 3: Invalid amount: must be a number or a string holding one (--only leaves out what "
       "is "
       "no payment)"},
      {{"transaction_id,amount,currency\n,5,USD\n"},
       "line 2: Invalid transaction_id: it is empty (--only leaves out what is no payment)"},
      {{"transaction_id,amount,currency\na,5,XXX\n"},
       "line 2: Invalid currency: not a currency that payments are made in (--only leaves out what "
       "is no payment)"},
      {{"transaction_id,amount,currency\na,5.5,USD\n", {.amount_unit = AmountUnit::MINOR}},
       "line 2: Invalid amount: must be a whole number of minor units (--only leaves out what is "
       "no "
       "payment)"},
      {{"{\"transaction_id\": \"a\"\n"}, "line 1: it is no JSON object"},
      {{"{}\n[]\n"},
       "line 1: Invalid transaction_id: it is empty (--only leaves out what is no payment)"},
  };
  for (const auto& [reading, expected] : table) {
    BOOST_TEST(read(reading) == expected);
  }
}

BOOST_AUTO_TEST_CASE(numbers_have_marks_where_they_belong) {
  const std::tuple<std::string, char, std::string> table[] = {
      {"12.5", '.', "12.5"},
      {"12", '.', "12"},
      {" 12.5 ", '.', "12.5"},
      {"-1,234.50", '.', "-1234.50"},
      {"1,234,567", '.', "1234567"},
      {"1.234.567,89", ',', "1234567.89"},
      {"0,5", ',', "0.5"},
      {"1,23", '.', "1,23"},
      {"1234,567", '.', "1234,567"},
      {",123", '.', ",123"},
      {"1,2345", '.', "1,2345"},
      {"1,234,56", '.', "1,234,56"},
      {"1.234,50", '.', "1.234,50"},
      {"1,,234", '.', "1,,234"},
      {"1,234.", '.', "1234."},
      {"", '.', ""},
      {"-", '.', "-"},
      {"1e2", '.', "1e2"},
  };
  for (const auto& [text, mark, expected] : table) {
    BOOST_TEST(plain_number(text, mark) == expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
