#include "store/kept_webhooks.h"

#include <boost/test/unit_test.hpp>
#include <utility>

#include "tests/unit/store/engines.h"

namespace payhook::test {

namespace {

using enum IntakeResult;

Act act() { return {"anne", "it was looked at", moment(9)}; }

using Results = std::vector<IntakeResult>;

template <typename Engine>
struct Keeping : Sessions<Engine> {
  std::unique_ptr<KeptWebhooks> kept = this->engine.store().open_kept_webhooks();

  IntakeResult store_one(const IncomingWebhook& webhook) {
    return this->intake->store({&webhook, 1}, patience()).front();
  }

  /// The newest first.
  std::vector<std::string> bodies(KeptIn where, const KeptFilter& filter = {}) {
    std::vector<std::string> bodies;
    for (const KeptHead& head : kept->list(where, filter, {}, 100).heads) {
      bodies.push_back(kept->find(where, head.id).value().body);
    }
    return bodies;
  }

  std::int64_t newest(KeptIn where) { return kept->list(where, {}, {}, 1).heads.at(0).id; }

  Results store_again(KeptIn where, const std::vector<IncomingWebhook>& webhooks) {
    return kept->store_again(where, newest(where), webhooks, act(), patience());
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
  const KeptWebhook found = s.kept->find(KeptIn::EVENTS, s.newest(KeptIn::EVENTS)).value();
  BOOST_TEST(found.head.source == "default");
  BOOST_TEST(found.head.why == "payment.failed");
  BOOST_TEST((found.head.received_at == moment(0)));
  BOOST_TEST(found.head.body_bytes == 1U);
  BOOST_TEST(found.headers == "Webhook-Id: 8");
  BOOST_TEST(found.remote_address == "192.0.2.1");
  BOOST_TEST(!found.values);
  BOOST_TEST(!s.kept->find(KeptIn::EVENTS, found.head.id + 100));
  const KeptWebhook conflict = s.kept->find(KeptIn::CONFLICTS, s.newest(KeptIn::CONFLICTS)).value();
  BOOST_TEST(conflict.head.why == "other values than those of txn_1");
  const ConflictingValues values = conflict.values.value();
  BOOST_TEST(values.transaction_id == "txn_1");
  BOOST_TEST(values.source_account == "acc_1");
  BOOST_TEST(values.destination_account == "acc_2");
  BOOST_TEST(values.amount == "7.0");
  BOOST_TEST(values.currency == "INR");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(they_are_listed_in_pages_the_newest_first, Engine, Engines) {
  Keeping<Engine> s;
  for (const char* body : {"a", "b", "c"}) {
    s.store_one(unreadable(body));
  }
  const auto bodies_of = [&s](const KeptPage& page) {
    std::string bodies;
    for (const KeptHead& head : page.heads) {
      bodies += s.kept->find(KeptIn::QUARANTINE, head.id).value().body;
    }
    return bodies;
  };
  const KeptPage page = s.kept->list(KeptIn::QUARANTINE, {}, {}, 2);
  BOOST_TEST(bodies_of(page) == "cb");
  const KeptPage rest = s.kept->list(KeptIn::QUARANTINE, {}, page.next, 2);
  BOOST_TEST(bodies_of(rest) == "a");
  BOOST_TEST(!rest.next);
  BOOST_TEST(!s.kept->list(KeptIn::QUARANTINE, {}, {}, 3).next);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_list_may_be_of_one_source_or_time, Engine, Engines) {
  Keeping<Engine> s;
  s.store_one(event("a", moment(1)));
  s.store_one(event("b", moment(2)));
  IncomingWebhook other = event("c", moment(3));
  other.source = "other";
  s.store_one(other);
  const std::pair<KeptFilter, Bodies> cases[] = {
      {{}, {"c", "b", "a"}},
      {{.source = "default"}, {"b", "a"}},
      {{.source = "nobody"}, {}},
      {{.since = moment(2)}, {"c", "b"}},
      {{.source = "default", .since = moment(2)}, {"b"}},
  };
  for (const auto& [filter, expected] : cases) {
    BOOST_TEST(s.bodies(KeptIn::EVENTS, filter) == expected, boost::test_tools::per_element());
  }
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
  BOOST_TEST(s.kept->store_again(KeptIn::EVENTS, 7, {&webhook, 1}, act(), patience()).empty());
  BOOST_TEST(s.status_of("txn_1") == "none");
  BOOST_TEST(!s.kept->drop(KeptIn::EVENTS, 7, act(), patience()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_or_the_oldest_are_dropped, Engine, Engines) {
  Keeping<Engine> s;
  for (int i = 1; i <= 5; ++i) {
    s.store_one(event(std::to_string(i), moment(i)));
  }
  BOOST_TEST(s.kept->drop(KeptIn::EVENTS, s.newest(KeptIn::EVENTS), act(), patience()));
  BOOST_TEST(s.kept->drop_older(KeptIn::EVENTS, moment(4), 2, patience()) == 2U);
  BOOST_TEST(s.kept->drop_older(KeptIn::EVENTS, moment(4), 2, patience()) == 1U);
  BOOST_TEST(s.kept->drop_older(KeptIn::EVENTS, moment(4), 2, patience()) == 0U);
  BOOST_TEST(s.bodies(KeptIn::EVENTS) == Bodies{"4"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
