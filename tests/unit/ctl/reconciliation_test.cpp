#include "ctl/reconciliation.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/support/fake_store.h"
#include "tests/unit/store/webhooks.h"

namespace payhook::test {

namespace {

Timestamp moment(int seconds) {
  return parse_timestamp("2026-11-27T00:00:00.000Z") + std::chrono::seconds{seconds};
}

struct Reconciled {
  /// In the order of their arrival, a second after each other.
  explicit Reconciled(const std::string& ids) {
    for (const char id : ids) {
      store.add(transaction(std::string(1, id)), moment(count), moment(count));
      ++count;
    }
  }

  /// "-" where they are the same, or the difference's number.
  std::string compare(const std::string& id, const std::string& amount = "500",
                      const std::string& currency = "INR") {
    const auto difference = reconciliation.compare(
        {1, id, Amount::parse(amount, Currencies().find(currency)), currency});
    return difference ? std::to_string(static_cast<int>(difference->kind)) : "-";
  }

  std::string extra(std::optional<Timestamp> since, std::optional<Timestamp> before) {
    std::string ids;
    reconciliation.find_extra(since, before, [&ids](const Difference& difference) {
      BOOST_TEST((difference.kind == Difference::Kind::EXTRA));
      ids += difference.stored.value().stored.transaction.transaction_id();
    });
    return ids;
  }

  FakeStore store;
  int count = 0;
  std::unique_ptr<TransactionBrowser> browser = store.open_browser();
  Reconciliation reconciliation{*browser, "default"};
};

std::string number(Difference::Kind kind) { return std::to_string(static_cast<int>(kind)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(reconciling)

BOOST_AUTO_TEST_CASE(what_was_pruned_is_not_missing) {
  Reconciled r("ab");
  const std::string source = "default";
  r.store.open_processing_queue()->process_due({&source, 1}, moment(0), 1, patience());
  const FinishedState processed{0, "PROCESSED", moment(0)};
  BOOST_REQUIRE(r.store.open_retention()->prune({&processed, 1}, nullptr, patience()).pruned == 1U);
  BOOST_TEST(r.compare("a") == "-");
  BOOST_TEST(r.reconciliation.pruned() == 1U);
  BOOST_TEST(r.compare("b") == "-");
  BOOST_TEST(r.reconciliation.pruned() == 1U);
}

BOOST_AUTO_TEST_CASE(each_kind_of_difference_is_found) {
  using enum Difference::Kind;
  Reconciled r("abc");
  BOOST_TEST(r.compare("a") == "-");
  BOOST_TEST(r.compare("b", "500.01") == number(AMOUNT));
  BOOST_TEST(r.compare("c", "500", "USD") == number(CURRENCY));
  BOOST_TEST(r.compare("d") == number(MISSING));
  BOOST_TEST(r.compare("a") == number(DUPLICATE));
  BOOST_TEST(r.compare("a", "7") == number(AMOUNT));
}

BOOST_AUTO_TEST_CASE(what_the_file_has_not_is_found_in_a_time) {
  Reconciled r("abcdef");
  r.compare("b");
  r.compare("d");
  BOOST_TEST(r.extra(std::nullopt, std::nullopt) == "acef");
  BOOST_TEST(r.extra(moment(1), moment(5)) == "ce");
  BOOST_TEST(r.extra(moment(2), std::nullopt) == "cef");
}

BOOST_AUTO_TEST_CASE(a_set_of_numbers_has_those_that_were_put_in) {
  NumberSet set;
  for (const std::int64_t number : {0L, 1L, 65'535L, 65'536L, 9'000'000'000L}) {
    BOOST_TEST(!set.contains(number));
    BOOST_TEST(set.insert(number));
    BOOST_TEST(!set.insert(number));
    BOOST_TEST(set.contains(number));
    BOOST_TEST(!set.contains(number + 7));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
