#include "ctl/float_amount.h"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <string>
#include <tuple>

#include "payment/invalid_field.h"

namespace payhook::test {

namespace {

std::string amount_of(double value, const std::string& code) try {
  const FloatAmount sum = amount_of_float(value, Currencies().find(code));
  return sum.amount.decimal() + (sum.doubt.empty() ? "" : " (" + sum.doubt + ")");
} catch (const InvalidField& e) {
  return e.what();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_float_becomes_the_decimal_that_was_meant) {
  constexpr double k_infinity = std::numeric_limits<double>::infinity();
  const std::tuple<double, std::string, std::string> table[] = {
      {500, "INR", "500.0"},
      {0.1, "INR", "0.1"},
      {1234.56, "INR", "1234.56"},
      {9999999999999.99, "INR", "9999999999999.99"},
      {99999999999999.99, "INR",
       "99999999999999.98 (the last digits of 99999999999999.98 may have been others)"},
      {1e15, "JPY",
       "1000000000000000.0 (the last digits of 1000000000000000 may have been others)"},
      {1.234, "KWD", "1.234"},
      {0.1 + 0.2, "INR", "0.3 (0.30000000000000004 is taken for 0.30)"},
      {1.1 * 1.1, "KWD", "1.21 (1.2100000000000002 is taken for 1.210)"},
      {1e300, "INR", "Invalid amount: must be below 10^16 INR"},
      {10.005, "INR", "Invalid amount: INR has 2 decimal places"},
      {0.5, "JPY", "Invalid amount: JPY has 0 decimal places"},
      {1e-20, "INR", "Invalid amount: INR has 2 decimal places"},
      {499.9999999, "INR", "Invalid amount: INR has 2 decimal places"},
      {0, "INR", "Invalid amount: must be greater than 0"},
      {-5, "INR", "Invalid amount: must be greater than 0"},
      {-(0.1 + 0.2), "INR", "Invalid amount: must be greater than 0"},
      {k_infinity, "INR", "Invalid amount: inf is no number"},
      {std::numeric_limits<double>::quiet_NaN(), "INR", "Invalid amount: nan is no number"},
  };
  for (const auto& [value, code, expected] : table) {
    BOOST_TEST(amount_of(value, code) == expected);
  }
}

}  // namespace payhook::test
