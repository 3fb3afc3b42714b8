#include "store/browser.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/store/engines.h"

namespace payhook::test {

namespace {

template <typename Engine>
struct Browsing : Sessions<Engine> {
  std::unique_ptr<TransactionBrowser> browser = this->engine.store().open_browser();

  /// The ids of all that fit, in pages of two.
  std::string ids(const BrowseFilter& filter = {}) {
    std::string ids;
    std::optional<std::int64_t> before;
    do {
      const BrowsePage page = browser->list(filter, before, 2);
      BOOST_TEST(page.transactions.size() <= 2U);
      for (const BrowsedTransaction& each : page.transactions) {
        ids += each.stored.transaction.transaction_id();
      }
      before = page.next;
    } while (before);
    return ids;
  }

  std::string ids_from_the_oldest(const BrowseFilter& filter = {}) {
    std::string ids;
    std::int64_t after = 0;
    for (std::optional<std::int64_t> next = -1; next != after;) {
      after = *next;
      const BrowsePage page = browser->list_newer(filter, after, 2);
      for (const BrowsedTransaction& each : page.transactions) {
        ids += each.stored.transaction.transaction_id();
      }
      next = page.next;
    }
    return ids;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(looking_through_transactions)

BOOST_AUTO_TEST_CASE_TEMPLATE(the_newest_come_first_in_pages, Engine, Engines) {
  Browsing<Engine> s;
  BOOST_TEST(s.ids() == "");
  s.store({{.id = "1"}, {.id = "2"}, {.id = "3"}, {.id = "4"}, {.id = "5"}});
  BOOST_TEST(s.ids() == "54321");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_oldest_come_first_where_that_is_asked_for, Engine, Engines) {
  Browsing<Engine> s;
  BOOST_TEST(s.ids_from_the_oldest() == "");
  s.store({{.id = "1"}, {.id = "2"}, {.id = "3"}, {.id = "4"}, {.id = "5"}});
  BOOST_TEST(s.ids_from_the_oldest() == "12345");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(those_are_found_that_fit_every_part, Engine, Engines) {
  Browsing<Engine> s;
  s.store({{.source = "a", .id = "1", .received_at = moment(100)},
           {.source = "b", .id = "2", .source_account = "x", .received_at = moment(200)},
           {.source = "b", .id = "3", .destination_account = "x", .received_at = moment(300)},
           {.source = "a", .id = "4", .currency = "EUR", .received_at = moment(400)}});
  const std::string source = "a";
  s.queue->process_due({&source, 1}, moment(100), 10, patience());
  const std::pair<BrowseFilter, std::string> table[] = {
      {{}, "4321"},
      {{.source = "a"}, "41"},
      {{.source = "none"}, ""},
      {{.status = "PROCESSED"}, "1"},
      {{.status = "PROCESSING"}, "432"},
      {{.account = "x"}, "32"},
      {{.currency = "EUR"}, "4"},
      {{.since = moment(200), .before = moment(400)}, "32"},
      {{.since = moment(500)}, ""},
      {{.before = moment(100)}, ""},
      {{.since = moment(0) - std::chrono::days{9}, .before = moment(0) + std::chrono::days{9}},
       "4321"},
      {{.currency = "INR", .min_minor = 50'000}, "321"},
      {{.currency = "INR", .min_minor = 50'001}, ""},
      {{.currency = "INR", .max_minor = 50'000}, "321"},
      {{.currency = "INR", .max_minor = 49'999}, ""},
      {{.status = "PROCESSING", .since = moment(300)}, "43"},
      {{.status = "FAILED"}, ""},
      {{.source = "b", .account = "x", .since = moment(300)}, "3"},
  };
  for (const auto& [filter, expected] : table) {
    BOOST_TEST(s.ids(filter) == expected);
    BOOST_TEST(s.ids_from_the_oldest(filter) == std::string(expected.rbegin(), expected.rend()));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_time_is_found_among_many, Engine, Engines) {
  Browsing<Engine> s;
  std::vector<Webhook> webhooks;
  for (int i = 0; i < 9; ++i) {
    webhooks.push_back(
        {.id = std::to_string(i), .received_at = moment(0) + std::chrono::minutes{i}});
  }
  s.store(webhooks);
  for (int first = 0; first < 9; ++first) {
    for (int end = first; end < 9; ++end) {
      std::string expected;
      for (int i = end - 1; i >= first; --i) {
        expected += std::to_string(i);
      }
      BOOST_TEST(s.ids({.since = moment(0) + std::chrono::minutes{first},
                        .before = moment(0) + std::chrono::minutes{end}}) == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_committed_in_another_order_is_found, Engine, Engines) {
  Browsing<Engine> s;
  s.store({{.id = "1", .received_at = moment(9'000)}, {.id = "2", .received_at = moment(1'000)}});
  BOOST_TEST(s.ids({.since = moment(5'000)}) == "1");
  BOOST_TEST(s.ids({.before = moment(5'000)}) == "2");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_failed_is_found_in_pages, Engine, Engines) {
  Browsing<Engine> s;
  s.store({{.id = "1"}, {.id = "2"}, {.id = "3"}, {.id = "4"}, {.id = "5"}});
  BOOST_REQUIRE(s.queue->take_over(moment(0), patience()).has_value());
  const auto claimed = claim(*s.queue, moment(0), moment(10), 4);
  for (const std::size_t place : {3U, 0U, 1U}) {
    finish(*s.queue, claimed.at(place).claim, GiveUp{"no"}, moment(1));
  }
  BOOST_TEST(s.ids({.status = "FAILED"}) == "421");
  BOOST_TEST(s.ids({.source = "other", .status = "FAILED"}) == "");
  BOOST_TEST(s.ids({.status = "PROCESSING"}) == "53");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_is_found_behind_many_of_its_status_that_do_not_fit, Engine,
                              Engines) {
  Browsing<Engine> s;
  std::vector<Webhook> webhooks{{.id = "1", .source_account = "x"}};
  for (int i = 2; i <= 4'500; ++i) {
    webhooks.push_back({.id = std::to_string(i)});
  }
  s.store(webhooks);
  BOOST_TEST(s.ids({.status = "PROCESSING", .account = "x"}) == "1");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(those_that_come_later_are_found_as_they_came, Engine, Engines) {
  Browsing<Engine> s;
  s.store({{.id = "1"}});
  const std::int64_t seen = s.browser->list({}, std::nullopt, 1).transactions.at(0).number;
  BOOST_TEST((s.browser->list_newer({}, seen, 2).next == seen));
  s.store({{.id = "2"}, {.source = "bank", .id = "3"}, {.id = "4"}, {.id = "5"}});
  std::string ids;
  std::int64_t after = seen;
  for (int i = 0; i < 3; ++i) {
    const BrowsePage page = s.browser->list_newer({.source = "default"}, after, 2);
    for (const BrowsedTransaction& each : page.transactions) {
      ids += each.stored.transaction.transaction_id();
    }
    after = page.next.value();
  }
  BOOST_TEST(ids == "245");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_is_found_with_all_that_is_known_of_it, Engine, Engines) {
  Browsing<Engine> s;
  IncomingWebhook webhook = Webhook{.source = "bank", .body = "{ }"}.incoming();
  webhook.headers = "content-type: application/json";
  s.intake->store({&webhook, 1}, patience());
  const auto found = s.browser->find("bank", "txn_1");
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->source == "bank");
  BOOST_TEST((found->stored.transaction == Webhook{}.transaction()));
  BOOST_TEST(found->stored.status == "PROCESSING");
  BOOST_TEST((found->due_at == moment(0)));
  BOOST_TEST(found->remote_address == "192.0.2.1");
  BOOST_TEST(s.browser->webhook(found->number).body == "{ }");
  BOOST_TEST(s.browser->webhook(found->number).headers == "content-type: application/json");
  BOOST_TEST(!s.browser->find("bank", "none").has_value());
  BOOST_TEST(!s.browser->find("other", "txn_1").has_value());
  const std::string source = "bank";
  s.queue->process_due({&source, 1}, moment(7), 10, patience());
  const auto processed = s.browser->find("bank", "txn_1");
  BOOST_TEST((processed->stored.processed_at == moment(7)));
  BOOST_TEST(!processed->due_at.has_value());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_newest_attempts_come_first_in_pages, Engine, Engines) {
  Browsing<Engine> s;
  s.store({{.id = "other"}, {.id = "tried"}});
  for (int i = 1; i <= 5; ++i) {
    for (const auto& each : claim(*s.queue, moment(i), moment(i), 2)) {
      finish(*s.queue, each.claim, TryAgain{moment(i + 1), "no " + std::to_string(i)}, moment(i));
    }
  }
  const std::int64_t number = s.browser->find("default", "tried")->number;
  const auto numbers = [&](std::optional<std::int64_t> before, std::size_t limit) {
    std::string found;
    for (const Attempt& attempt : s.browser->attempts(number, before, limit)) {
      BOOST_TEST(attempt.reason == "no " + std::to_string(attempt.number));
      found += std::to_string(attempt.number);
    }
    return found;
  };
  BOOST_TEST(numbers({}, 2) == "54");
  BOOST_TEST(numbers(4, 2) == "32");
  BOOST_TEST(numbers(2, 2) == "1");
  BOOST_TEST(numbers(1, 2) == "");
  BOOST_TEST(numbers({}, 9) == "54321");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
