#include "payment/amount.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "payment/invalid_field.h"

namespace payhook {

namespace {

const Currency k_inr{"INR", 2};
const Currency k_jpy{"JPY", 0};
const Currency k_bhd{"BHD", 3};
const Currency k_one_place{"ONE", 1};
const Currency k_wei{"WEI", Currencies::k_max_minor_units};

const std::string k_no_number = "Invalid amount: must be a number or a string holding one";
const std::string k_not_positive = "Invalid amount: must be greater than 0";
const std::string k_too_fine_for_inr = "Invalid amount: INR has 2 decimal places";
const std::string k_too_large_for_inr = "Invalid amount: must be below 10^16 INR";

/// What the sender is told, or the decimal when the amount is accepted.
std::string refusal(std::string_view text, const Currency& currency) {
  try {
    return "accepted as " + Amount::parse(text, currency).decimal();
  } catch (const InvalidField& e) {
    return e.what();
  }
}

struct Accepted {
  std::string text;
  const Currency& currency;
  std::string decimal;
  std::int64_t minor;
};

void check_accepted(const Accepted& row) {
  BOOST_TEST_CONTEXT(row.text.substr(0, 60) << " " << row.currency.code) {
    BOOST_REQUIRE_NO_THROW(Amount::parse(row.text, row.currency));
    const Amount amount = Amount::parse(row.text, row.currency);
    BOOST_TEST(amount.decimal() == row.decimal);
    BOOST_TEST(amount.minor() == row.minor);
    BOOST_TEST((amount == Amount::restore(row.decimal, row.minor)));
    // The decimal is a number that a sender could have written.
    BOOST_TEST((Amount::parse(row.decimal, row.currency) == amount));
  }
}

std::string zeros(std::size_t count) { return std::string(count, '0'); }

}  // namespace

BOOST_AUTO_TEST_SUITE(amount)

BOOST_AUTO_TEST_CASE(amounts_are_exact_decimals_with_one_digit_after_the_point_at_least) {
  const Accepted table[] = {
      {"500", k_inr, "500.0", 50000},
      {"500.00", k_inr, "500.0", 50000},
      {"1500.50", k_inr, "1500.5", 150050},
      {"1500.05", k_inr, "1500.05", 150005},
      {"0.10", k_inr, "0.1", 10},
      {"0.1", k_inr, "0.1", 10},
      {"0.01", k_inr, "0.01", 1},
      {"1234567890123456.78", k_inr, "1234567890123456.78", 123456789012345678},
      {"9007199254740993", k_inr, "9007199254740993.0", 900719925474099300},
      {"0.30", k_inr, "0.3", 30},
      {"1", k_jpy, "1.0", 1},
      {"1000", k_jpy, "1000.0", 1000},
      {"1000.000", k_jpy, "1000.0", 1000},
      {"0.001", k_bhd, "0.001", 1},
      {"12.345", k_bhd, "12.345", 12345},
      {"12.3450", k_bhd, "12.345", 12345},
      {"0.5", k_one_place, "0.5", 5},
      {"0.000000000001", k_wei, "0.000000000001", 1},
      {"1", k_wei, "1.0", 1'000'000'000'000},
  };
  for (const auto& row : table) {
    check_accepted(row);
  }
}

BOOST_AUTO_TEST_CASE(exponents_are_fine_where_the_value_is) {
  const Accepted table[] = {
      {"5e2", k_inr, "500.0", 50000},
      {"5E2", k_inr, "500.0", 50000},
      {"5e+2", k_inr, "500.0", 50000},
      {"5e002", k_inr, "500.0", 50000},
      {"5e0", k_inr, "5.0", 500},
      {"5e-0", k_inr, "5.0", 500},
      {"50000e-2", k_inr, "500.0", 50000},
      {"0.005e3", k_inr, "5.0", 500},
      {"1500.5e-1", k_inr, "150.05", 15005},
      {"1e-2", k_inr, "0.01", 1},
      {"1.0e-2", k_inr, "0.01", 1},
      {"0.12e2", k_jpy, "12.0", 12},
      {"1e15", k_inr, "1000000000000000.0", 100'000'000'000'000'000},
      {"1e17", k_jpy, "100000000000000000.0", 100'000'000'000'000'000},
      {"1e0000000000000000000000000000000000000002", k_inr, "100.0", 10000},
  };
  for (const auto& row : table) {
    check_accepted(row);
  }
}

BOOST_AUTO_TEST_CASE(the_limit_is_ten_to_the_18th_of_the_minor_unit_exactly) {
  const Accepted largest[] = {
      {"9999999999999999.99", k_inr, "9999999999999999.99", 999'999'999'999'999'999},
      {"999999999999999999", k_jpy, "999999999999999999.0", 999'999'999'999'999'999},
      {"999999999999999.999", k_bhd, "999999999999999.999", 999'999'999'999'999'999},
      {"999999.999999999999", k_wei, "999999.999999999999", 999'999'999'999'999'999},
      {"999999999999999999e-2", k_inr, "9999999999999999.99", 999'999'999'999'999'999},
  };
  for (const auto& row : largest) {
    check_accepted(row);
  }
  BOOST_TEST(refusal("10000000000000000", k_inr) == k_too_large_for_inr);
  BOOST_TEST(refusal("10000000000000000.00", k_inr) == k_too_large_for_inr);
  BOOST_TEST(refusal("1e16", k_inr) == k_too_large_for_inr);
  BOOST_TEST(refusal("1000000000000000000", k_jpy) == "Invalid amount: must be below 10^18 JPY");
  BOOST_TEST(refusal("1000000000000000", k_bhd) == "Invalid amount: must be below 10^15 BHD");
  BOOST_TEST(refusal("1000000", k_wei) == "Invalid amount: must be below 10^6 WEI");
  BOOST_TEST(refusal("9223372036854775807", k_jpy) == "Invalid amount: must be below 10^18 JPY");
  BOOST_TEST(refusal("18446744073709551617", k_jpy) == "Invalid amount: must be below 10^18 JPY");
}

BOOST_AUTO_TEST_CASE(an_amount_has_no_more_decimals_than_its_currency) {
  BOOST_TEST(refusal("0.001", k_inr) == k_too_fine_for_inr);
  BOOST_TEST(refusal("500.005", k_inr) == k_too_fine_for_inr);
  BOOST_TEST(refusal("5e-3", k_inr) == k_too_fine_for_inr);
  BOOST_TEST(refusal("0.5", k_jpy) == "Invalid amount: JPY has 0 decimal places");
  BOOST_TEST(refusal("1.0001", k_bhd) == "Invalid amount: BHD has 3 decimal places");
  BOOST_TEST(refusal("0.25", k_one_place) == "Invalid amount: ONE has 1 decimal place");
}

BOOST_AUTO_TEST_CASE(zero_and_less_are_refused) {
  const std::string refused[] = {"0",  "-0",     "0.0",    "0.00", "-0.0", "0e5",   "0e-5",
                                 "-1", "-0.001", "-1e999", "0E99", "-500", "0.000", "-0e0"};
  for (const auto& text : refused) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(refusal(text, k_inr) == k_not_positive); }
  }
}

BOOST_AUTO_TEST_CASE(only_a_json_number_is_a_number) {
  const std::string refused[] = {
      "",
      " ",
      "-",
      "+1",
      "007",
      "00",
      "01",
      "-01",
      "1.",
      ".5",
      "-.5",
      "1..2",
      "1.2.3",
      "1e",
      "1e+",
      "1e-",
      "1E",
      "e5",
      "1e1.5",
      "1e5e5",
      "1e--5",
      "1e+-5",
      "--1",
      "-+1",
      "NaN",
      "nan",
      "Infinity",
      "-Infinity",
      "inf",
      "0x10",
      "1,000",
      "1_000",
      "1 000",
      " 1",
      "1 ",
      "1\n",
      "\t1",
      "five",
      "1a",
      "1.5INR",
      "INR 5",
      "true",
      "null",
      "{}",
      "[1]",
      "\"1\"",
      "1/2",
      "1.-5",
      std::string("1\0", 2),
      std::string("1\0"
                  "1",
                  3),
      "\xd9\xa1",
      "\xef\xbc\x91",
  };
  for (const auto& text : refused) {
    BOOST_TEST_CONTEXT("'" << text << "'") { BOOST_TEST(refusal(text, k_inr) == k_no_number); }
  }
}

BOOST_AUTO_TEST_CASE(exponents_of_any_size_get_an_answer) {
  BOOST_TEST(refusal("1e999", k_inr) == k_too_large_for_inr);
  BOOST_TEST(refusal("1e999999999999999999999", k_inr) == k_too_large_for_inr);
  BOOST_TEST(refusal("1e9223372036854775807", k_inr) == k_too_large_for_inr);
  BOOST_TEST(refusal("1e9223372036854775808", k_inr) == k_too_large_for_inr);
  BOOST_TEST(refusal("1e18446744073709551616", k_inr) == k_too_large_for_inr);
  BOOST_TEST(refusal("1e-999999999999", k_inr) == k_too_fine_for_inr);
  BOOST_TEST(refusal("1e-9223372036854775808", k_inr) == k_too_fine_for_inr);
  BOOST_TEST(refusal("1e-18446744073709551616", k_inr) == k_too_fine_for_inr);
  BOOST_TEST(refusal("0e999999999999999999999", k_inr) == k_not_positive);
  BOOST_TEST(refusal("0e-999999999999999999999", k_inr) == k_not_positive);
  BOOST_TEST(refusal("1e" + std::string(60'000, '9'), k_inr) == k_too_large_for_inr);
  BOOST_TEST(refusal("1e-" + std::string(60'000, '9'), k_inr) == k_too_fine_for_inr);
}

BOOST_AUTO_TEST_CASE(sixty_kilobytes_of_digits_get_an_answer) {
  BOOST_TEST(refusal(std::string(60'000, '9'), k_inr) == k_too_large_for_inr);
  BOOST_TEST(refusal("1" + zeros(60'000), k_inr) == k_too_large_for_inr);
  BOOST_TEST(refusal("0." + zeros(60'000) + "1", k_inr) == k_too_fine_for_inr);
  BOOST_TEST(refusal("0." + std::string(60'000, '3'), k_inr) == k_too_fine_for_inr);
  BOOST_TEST(refusal("0." + zeros(60'000), k_inr) == k_not_positive);
  BOOST_TEST(refusal(zeros(60'000), k_inr) == k_no_number);
}

BOOST_AUTO_TEST_CASE(zeros_beyond_what_counts_do_not_count) {
  check_accepted({"500." + zeros(60'000), k_inr, "500.0", 50000});
  check_accepted({"500.05" + zeros(60'000), k_inr, "500.05", 50005});
  check_accepted({"1" + zeros(60'000) + "e-60000", k_inr, "1.0", 100});
  check_accepted({"0." + zeros(60'000) + "1e60001", k_inr, "1.0", 100});
  check_accepted({"0." + zeros(59'999) + "125e60001", k_inr, "12.5", 1250});
}

BOOST_AUTO_TEST_CASE(equal_sums_are_equal_however_they_are_written) {
  const Amount amount = Amount::parse("500", k_inr);
  for (const auto* text : {"500.0", "500.00", "5e2", "50000e-2", "0.5e3"}) {
    BOOST_TEST((Amount::parse(text, k_inr) == amount));
  }
  BOOST_TEST((Amount::parse("500.01", k_inr) != amount));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
