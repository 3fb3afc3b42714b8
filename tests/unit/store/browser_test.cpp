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
};

}  // namespace

BOOST_AUTO_TEST_SUITE(looking_through_transactions)

BOOST_AUTO_TEST_CASE_TEMPLATE(the_newest_come_first_in_pages, Engine, Engines) {
  Browsing<Engine> s;
  BOOST_TEST(s.ids() == "");
  s.store({{.id = "1"}, {.id = "2"}, {.id = "3"}, {.id = "4"}, {.id = "5"}});
  BOOST_TEST(s.ids() == "54321");
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
      {{.source = "b", .account = "x", .since = moment(300)}, "3"},
  };
  for (const auto& [filter, expected] : table) {
    BOOST_TEST(s.ids(filter) == expected);
  }
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
