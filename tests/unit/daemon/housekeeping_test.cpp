#include "daemon/housekeeping.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_store.h"

namespace payhook::test {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

struct Keeping {
  explicit Keeping(RetentionConfig retention = {})
      : housekeeping(store.open_kept_webhooks(), clock, retention) {}

  void add(std::size_t count, bool is_readable = true) {
    std::vector<IncomingWebhook> webhooks;
    for (std::size_t i = 0; i < count; ++i) {
      IncomingWebhook webhook{
          "default", NoPayment{"failed"}, std::to_string(i), "", clock.now(), "", true};
      if (!is_readable) {
        webhook.content = Unreadable{"Invalid JSON"};
      }
      webhooks.push_back(std::move(webhook));
    }
    store.open_intake()->store(webhooks, {});
  }

  std::size_t count(KeptIn where) { return kept->list(where, 0, 10'000).size(); }

  FakeClock clock;
  FakeStore store;
  std::unique_ptr<KeptWebhooks> kept = store.open_kept_webhooks();
  Housekeeping housekeeping;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(housekeeping)

BOOST_AUTO_TEST_CASE(events_are_forgotten_after_their_days_and_the_quarantine_is_not) {
  Keeping k({.events = days{2}, .quarantine = {}});
  k.add(3);
  k.add(3, false);
  BOOST_TEST((k.housekeeping.step() == k.clock.now() + hours{1}));
  k.clock.advance(days{2});
  k.housekeeping.step();
  BOOST_TEST(k.count(KeptIn::EVENTS) == 3U);
  k.clock.advance(hours{1});
  k.housekeeping.step();
  BOOST_TEST(k.count(KeptIn::EVENTS) == 0U);
  BOOST_TEST(k.count(KeptIn::QUARANTINE) == 3U);
  k.housekeeping.set_retention({.events = days{2}, .quarantine = days{1}});
  k.clock.advance(hours{1});
  k.housekeeping.step();
  BOOST_TEST(k.count(KeptIn::QUARANTINE) == 0U);
}

BOOST_AUTO_TEST_CASE(many_are_forgotten_a_little_at_a_time) {
  Keeping k({.events = days{1}, .quarantine = {}});
  k.add(600);
  k.clock.advance(days{2});
  BOOST_TEST((k.housekeeping.step() == k.clock.now() + seconds{1}));
  BOOST_TEST(k.count(KeptIn::EVENTS) == 344U);
  BOOST_TEST((k.housekeeping.step() == k.clock.now() + seconds{1}), "it is not time yet");
  BOOST_TEST(k.count(KeptIn::EVENTS) == 344U);
  k.clock.advance(seconds{1});
  k.housekeeping.step();
  k.clock.advance(seconds{1});
  BOOST_TEST((k.housekeeping.step() == k.clock.now() + hours{1}));
  BOOST_TEST(k.count(KeptIn::EVENTS) == 0U);
}

BOOST_AUTO_TEST_CASE(a_store_that_is_away_or_damaged_there_is_tried_again) {
  for (const auto fault : {FakeStore::Fault::UNAVAILABLE, FakeStore::Fault::DAMAGED}) {
    Keeping k({.events = days{1}, .quarantine = {}});
    k.add(1);
    k.clock.advance(days{2});
    k.store.fail_times(fault, 1);
    const Timestamp next = k.housekeeping.step();
    BOOST_TEST(k.count(KeptIn::EVENTS) == 1U);
    k.clock.set(next);
    k.housekeeping.step();
    BOOST_TEST(k.count(KeptIn::EVENTS) == 0U);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
