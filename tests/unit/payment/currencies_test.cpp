#include "payment/currencies.h"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>

#include "payment/invalid_field.h"

namespace payhook {

namespace {

const std::string k_no_code = "Invalid currency: not an ISO 4217 code";
const std::string k_no_payment = "Invalid currency: not a currency that payments are made in";

std::string refusal(const Currencies& currencies, std::string_view code) {
  try {
    return "accepted as " + currencies.find(code).code;
  } catch (const InvalidField& e) {
    return e.what();
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(currencies)

BOOST_AUTO_TEST_CASE(codes_are_found_in_any_case_and_answered_in_upper_case) {
  for (const auto* code : {"INR", "inr", "Inr", "iNr"}) {
    const Currency currency = Currencies().find(code);
    BOOST_TEST(currency.code == "INR");
    BOOST_TEST(currency.minor_units == 2);
  }
}

BOOST_AUTO_TEST_CASE(each_currency_has_its_own_minor_unit) {
  BOOST_TEST(Currencies().find("JPY").minor_units == 0);
  BOOST_TEST(Currencies().find("USD").minor_units == 2);
  BOOST_TEST(Currencies().find("XAD").minor_units == 2);
  BOOST_TEST(Currencies().find("BHD").minor_units == 3);
  BOOST_TEST(Currencies().find("CLF").minor_units == 4);
}

BOOST_AUTO_TEST_CASE(the_first_and_the_last_of_the_table_are_found) {
  BOOST_TEST(Currencies().find("AED").code == "AED");
  BOOST_TEST(Currencies().find("ZWL").code == "ZWL");
}

BOOST_AUTO_TEST_CASE(retired_currencies_are_accepted_since_refunds_outlive_them) {
  for (const auto* code : {"HRK", "BGN", "ZWL", "SLL", "ANG", "CUC"}) {
    BOOST_TEST(Currencies().find(code).code == code);
  }
}

BOOST_AUTO_TEST_CASE(metals_funds_of_account_and_testing_codes_are_no_payment_currencies) {
  for (const auto* code : {"XAU", "xau", "XAG", "XPT", "XPD", "XDR", "XSU", "XUA", "XBA", "XBB",
                           "XBC", "XBD", "XTS", "XXX"}) {
    BOOST_TEST_CONTEXT(code) { BOOST_TEST(refusal(Currencies(), code) == k_no_payment); }
  }
}

BOOST_AUTO_TEST_CASE(other_codes_are_refused) {
  const std::string refused[] = {
      "",
      "I",
      "IN",
      "INRR",
      "AAA",
      "ZZZ",
      "QQQ",
      "356",
      " INR",
      "INR ",
      "I R",
      "\xe2\x82\xb9",
      "USDT",
      "BTC",
      "EURO",
      "inr\n",
      std::string("INR\0", 4),
      std::string("\0\0\0", 3),
      std::string("US\0", 3),
      "\xff\xfe\xfd",
      "\xef\xbc\xa9NR",
      std::string(60'000, 'A'),
  };
  for (const auto& code : refused) {
    BOOST_TEST_CONTEXT("'" << code.substr(0, 20) << "'") {
      BOOST_TEST(refusal(Currencies(), code) == k_no_code);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_currency_that_is_added_is_found_in_any_case) {
  Currencies currencies;
  currencies.add("usdt", 6);
  currencies.add("BTC", 8);
  BOOST_TEST(currencies.find("USDT").minor_units == 6);
  BOOST_TEST(currencies.find("UsdT").code == "USDT");
  BOOST_TEST(currencies.find("btc").minor_units == 8);
  BOOST_TEST(currencies.find("INR").minor_units == 2);
}

BOOST_AUTO_TEST_CASE(an_added_currency_replaces_one_of_the_same_code) {
  Currencies currencies;
  currencies.add("JPY", 2);
  currencies.add("XAU", 4);
  currencies.add("xau", 5);
  BOOST_TEST(currencies.find("JPY").minor_units == 2);
  BOOST_TEST(currencies.find("XAU").minor_units == 5);
}

BOOST_AUTO_TEST_CASE(codes_to_add_have_3_to_16_letters_or_digits) {
  Currencies currencies;
  BOOST_CHECK_NO_THROW(currencies.add("ABC", 0));
  BOOST_CHECK_NO_THROW(currencies.add("1INCH", 12));
  BOOST_CHECK_NO_THROW(currencies.add("ABCDEFGHIJKLMNOP", 2));
  for (const auto* code : {"", "AB", "ABCDEFGHIJKLMNOPQ", "A C", "A-B", "US\xc3\x89", "AB\n"}) {
    BOOST_TEST_CONTEXT(code) { BOOST_CHECK_THROW(currencies.add(code, 2), std::invalid_argument); }
  }
}

BOOST_AUTO_TEST_CASE(minor_units_to_add_are_0_to_12) {
  Currencies currencies;
  BOOST_CHECK_THROW(currencies.add("USDT", -1), std::invalid_argument);
  BOOST_CHECK_THROW(currencies.add("USDT", 13), std::invalid_argument);
  BOOST_CHECK_THROW(currencies.find("USDT"), InvalidField);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
