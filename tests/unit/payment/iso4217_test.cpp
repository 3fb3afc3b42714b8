#include "payment/iso4217.h"

#include <json/json.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

namespace payhook {

namespace {

/// From Debian's package iso-codes, which the tests need.
constexpr auto k_iso_codes = "/usr/share/iso-codes/json/iso_4217.json";

std::set<std::string> codes_of_iso_codes() {
  std::ifstream file(k_iso_codes);
  BOOST_REQUIRE_MESSAGE(file, "cannot read " << k_iso_codes << ": install the package iso-codes");
  Json::Value root;
  file >> root;
  std::set<std::string> codes;
  for (const auto& entry : root["4217"]) {
    codes.insert(entry["alpha_3"].asString());
  }
  return codes;
}

std::set<std::string> codes_of_the_table() {
  std::set<std::string> codes;
  for (const auto& entry : iso4217()) {
    codes.emplace(entry.code);
  }
  return codes;
}

std::set<std::string> difference(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::set<std::string> only_in_a;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(),
                      std::inserter(only_in_a, only_in_a.end()));
  return only_in_a;
}

/// Codes that may be in one list only, each with its reason.
using Explained = std::map<std::string, std::string>;

const Explained k_only_in_the_table = {
    {"XAD", "Arab accounting dinar, in use since 2025-05-12; newer than iso-codes 4.15"},
    {"XCG", "Caribbean guilder, in use since 2025-03-31; newer than iso-codes 4.15"},
    {"ZWG", "Zimbabwe Gold, in use since 2024-06-25; newer than iso-codes 4.15"},
    {"HRK", "kuna, replaced by EUR on 2023-01-01; later iso-codes may drop it"},
    {"SLL", "old leone, replaced by SLE; later iso-codes may drop it"},
    {"ZWL", "Zimbabwe dollar, replaced by ZWG; later iso-codes may drop it"},
    {"CUC", "convertible peso, withdrawn by 2021-06-30; later iso-codes may drop it"},
    {"ANG", "Antillean guilder, replaced by XCG; later iso-codes may drop it"},
    {"BGN", "lev, replaced by EUR on 2026-01-01; later iso-codes may drop it"},
};

const Explained k_only_in_iso_codes = {};

void check_explained(const std::set<std::string>& codes, const Explained& reasons) {
  for (const auto& code : codes) {
    BOOST_TEST(reasons.contains(code), code << " stands in one list only, without a reason");
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(iso4217_table)

BOOST_AUTO_TEST_CASE(it_is_sorted_and_no_code_stands_twice) {
  const auto table = iso4217();
  BOOST_REQUIRE(!table.empty());
  for (std::size_t i = 1; i < table.size(); ++i) {
    BOOST_TEST(table[i - 1].code < table[i].code);
  }
}

BOOST_AUTO_TEST_CASE(codes_are_three_capital_letters) {
  for (const auto& entry : iso4217()) {
    BOOST_TEST(entry.code.size() == 3U);
    BOOST_TEST(std::all_of(entry.code.begin(), entry.code.end(),
                           [](char c) { return c >= 'A' && c <= 'Z'; }),
               entry.code);
  }
}

BOOST_AUTO_TEST_CASE(minor_units_are_those_that_iso_4217_knows) {
  for (const auto& entry : iso4217()) {
    BOOST_TEST(std::set<int>({0, 2, 3, 4}).contains(entry.minor_units), entry.code);
  }
}

BOOST_AUTO_TEST_CASE(the_currencies_without_two_decimals_are_these) {
  const std::map<std::string, int> expected = {
      {"BIF", 0}, {"CLP", 0}, {"DJF", 0}, {"GNF", 0}, {"ISK", 0}, {"JPY", 0}, {"KMF", 0},
      {"KRW", 0}, {"PYG", 0}, {"RWF", 0}, {"UGX", 0}, {"UYI", 0}, {"VND", 0}, {"VUV", 0},
      {"XAF", 0}, {"XOF", 0}, {"XPF", 0}, {"BHD", 3}, {"IQD", 3}, {"JOD", 3}, {"KWD", 3},
      {"LYD", 3}, {"OMR", 3}, {"TND", 3}, {"CLF", 4}, {"UYW", 4}};
  std::map<std::string, int> found;
  for (const auto& entry : iso4217()) {
    if (entry.minor_units != 2 && entry.use != Iso4217Use::NOT_A_PAYMENT) {
      found.emplace(entry.code, entry.minor_units);
    }
  }
  BOOST_TEST((found == expected));
}

BOOST_AUTO_TEST_CASE(it_has_the_178_codes_of_list_one_and_the_six_that_were_retired_since_2021) {
  std::set<std::string> retired;
  for (const auto& entry : iso4217()) {
    if (entry.use == Iso4217Use::RETIRED) {
      retired.emplace(entry.code);
    }
  }
  BOOST_TEST((retired == std::set<std::string>{"ANG", "BGN", "CUC", "HRK", "SLL", "ZWL"}));
  BOOST_TEST(iso4217().size() - retired.size() == 178U);
}

BOOST_AUTO_TEST_CASE(every_difference_from_debians_iso_codes_has_a_reason) {
  const auto theirs = codes_of_iso_codes();
  const auto ours = codes_of_the_table();
  BOOST_TEST(theirs.size() > 150U);
  check_explained(difference(ours, theirs), k_only_in_the_table);
  check_explained(difference(theirs, ours), k_only_in_iso_codes);
}

BOOST_AUTO_TEST_CASE(the_x_codes_that_are_no_payment_currencies_are_exactly_these) {
  const std::set<std::string> expected = {"XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR",
                                          "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"};
  std::set<std::string> found;
  for (const auto& entry : iso4217()) {
    if (entry.use == Iso4217Use::NOT_A_PAYMENT) {
      found.emplace(entry.code);
    }
  }
  BOOST_TEST((found == expected));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
