#include "store/kept_webhooks.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/store/engines.h"

namespace payhook::test {

namespace {

using enum IntakeResult;
using Results = std::vector<IntakeResult>;

template <typename Engine>
struct Keeping : Sessions<Engine> {
  std::unique_ptr<KeptWebhooks> kept = this->engine.store().open_kept_webhooks();

  IntakeResult store_one(const IncomingWebhook& webhook) {
    return this->intake->store({&webhook, 1}, patience()).front();
  }

  std::vector<std::string> bodies(KeptIn where) {
    std::vector<std::string> bodies;
    for (const KeptWebhook& webhook : kept->list(where, 0, 100)) {
      bodies.push_back(webhook.body);
    }
    return bodies;
  }

  Results store_again(KeptIn where, const std::vector<IncomingWebhook>& webhooks) {
    return kept->store_again(where, kept->list(where, 0, 1).at(0).id, webhooks, patience());
  }
};

IncomingWebhook event(const std::string& body, Timestamp received_at = moment(0)) {
  return {"default", NoPayment{"payment.failed"}, body, "192.0.2.1", received_at, "Webhook-Id: 8",
          true};
}

using Bodies = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(what_is_kept_beside_transactions)

BOOST_AUTO_TEST_CASE_TEMPLATE(each_is_kept_as_it_came_once, Engine, Engines) {
  Keeping<Engine> s;
  BOOST_TEST((s.store_one(event("e")) == EVENT_KEPT));
  BOOST_TEST((s.store_one(event("e")) == EVENT_KEPT));
  BOOST_TEST((s.store_one(unreadable("q")) == QUARANTINED));
  s.store({{.body = "1"}, {.amount = "7", .body = "2"}});
  BOOST_TEST(s.bodies(KeptIn::EVENTS) == Bodies{"e"}, boost::test_tools::per_element());
  BOOST_TEST(s.bodies(KeptIn::QUARANTINE) == Bodies{"q"}, boost::test_tools::per_element());
  BOOST_TEST(s.bodies(KeptIn::CONFLICTS) == Bodies{"2"}, boost::test_tools::per_element());
  const KeptWebhook first = s.kept->list(KeptIn::EVENTS, 0, 1).at(0);
  const KeptWebhook found = s.kept->find(KeptIn::EVENTS, first.id).value();
  BOOST_TEST(found.source == "default");
  BOOST_TEST(found.why == "payment.failed");
  BOOST_TEST(found.headers == "Webhook-Id: 8");
  BOOST_TEST(found.remote_address == "192.0.2.1");
  BOOST_TEST((found.received_at == moment(0)));
  BOOST_TEST(!s.kept->find(KeptIn::EVENTS, first.id + 100));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(they_are_listed_in_pages, Engine, Engines) {
  Keeping<Engine> s;
  for (const char* body : {"a", "b", "c"}) {
    s.store_one(unreadable(body));
  }
  const auto page = s.kept->list(KeptIn::QUARANTINE, 0, 2);
  BOOST_REQUIRE(page.size() == 2U);
  const auto rest = s.kept->list(KeptIn::QUARANTINE, page[1].id, 2);
  BOOST_REQUIRE(rest.size() == 1U);
  BOOST_TEST(rest[0].body == "c");
  BOOST_TEST(s.kept->list(KeptIn::QUARANTINE, rest[0].id, 2).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_can_be_read_at_last_leaves_the_quarantine, Engine, Engines) {
  Keeping<Engine> s;
  s.store_one(unreadable("x"));
  BOOST_TEST((s.store_again(KeptIn::QUARANTINE, {unreadable("x", "default", "still")}) ==
              Results{QUARANTINED}));
  BOOST_TEST(s.bodies(KeptIn::QUARANTINE).size() == 1U);
  // One of two that cannot be read keeps it, and the other is stored nevertheless.
  BOOST_TEST((s.store_again(KeptIn::QUARANTINE, {Webhook{.id = "a"}.incoming(), unreadable("x")}) ==
              Results{CREATED, QUARANTINED}));
  BOOST_TEST(s.bodies(KeptIn::QUARANTINE).size() == 1U);
  BOOST_TEST((s.store_again(KeptIn::QUARANTINE, {Webhook{.id = "a"}.incoming(),
                                                 Webhook{.id = "b"}.incoming(), event("x")}) ==
              Results{DUPLICATE, CREATED, EVENT_KEPT}));
  BOOST_TEST(s.bodies(KeptIn::QUARANTINE).empty());
  BOOST_TEST(s.status_of("b") == "PROCESSING");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_conflict_with_another_id_is_none_any_more, Engine, Engines) {
  Keeping<Engine> s;
  s.store({{}, {.amount = "7"}});
  BOOST_TEST(
      (s.store_again(KeptIn::CONFLICTS, {Webhook{.amount = "7"}.incoming()}) == Results{CONFLICT}));
  BOOST_TEST(s.bodies(KeptIn::CONFLICTS).size() == 1U);
  BOOST_TEST((s.store_again(KeptIn::CONFLICTS, {Webhook{.id = "b", .amount = "7"}.incoming()}) ==
              Results{CREATED}));
  BOOST_TEST(s.bodies(KeptIn::CONFLICTS).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_not_there_cannot_be_stored_again_or_dropped, Engine,
                              Engines) {
  Keeping<Engine> s;
  const IncomingWebhook webhook = Webhook{}.incoming();
  BOOST_TEST(s.kept->store_again(KeptIn::EVENTS, 7, {&webhook, 1}, patience()).empty());
  BOOST_TEST(s.status_of("txn_1") == "none");
  BOOST_TEST(!s.kept->drop(KeptIn::EVENTS, 7, patience()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_or_the_oldest_are_dropped, Engine, Engines) {
  Keeping<Engine> s;
  for (int i = 1; i <= 5; ++i) {
    s.store_one(event(std::to_string(i), moment(i)));
  }
  BOOST_TEST(s.kept->drop(KeptIn::EVENTS, s.kept->list(KeptIn::EVENTS, 0, 1)[0].id, patience()));
  BOOST_TEST(s.kept->drop_older(KeptIn::EVENTS, moment(5), 2, patience()) == 2U);
  BOOST_TEST(s.kept->drop_older(KeptIn::EVENTS, moment(5), 2, patience()) == 1U);
  BOOST_TEST(s.kept->drop_older(KeptIn::EVENTS, moment(5), 2, patience()) == 0U);
  BOOST_TEST(s.bodies(KeptIn::EVENTS) == Bodies{"5"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
