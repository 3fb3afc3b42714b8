#include "fcgi/watched_intake.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_store.h"

namespace payhook::test {

BOOST_AUTO_TEST_SUITE(watched_intake)

BOOST_AUTO_TEST_CASE(an_outage_begins_and_ends_with_what_storing_and_proving_come_to) {
  const FakeClock clock;
  FakeStore store;
  Outage outage(clock, "store webhooks", {});
  WatchedIntake intake(store.open_intake(), outage);
  const std::vector<IncomingWebhook> webhooks{
      {"s", StatedPayment{transaction("t"), clock.now()}, "", "", clock.now()}};
  const std::function<void()> acts[] = {[&] { intake.store(webhooks, {}); },
                                        [&] { intake.prove_that_it_stores({}); }};
  for (const auto& fails : acts) {
    for (const auto& works : acts) {
      store.fail(FakeStore::Fault::UNAVAILABLE);
      BOOST_CHECK_THROW(fails(), StoreUnavailable);
      BOOST_TEST(outage.status("") ==
                 "Cannot store webhooks since 2025-11-08T14:30:00Z: the disk is full. ");
      store.fail(FakeStore::Fault::NONE);
      works();
      BOOST_TEST(outage.status("") == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_store_that_refuses_every_webhook_is_an_outage) {
  const FakeClock clock;
  FakeStore store;
  store.refuse("bad");
  Outage outage(clock, "store webhooks", {});
  WatchedIntake intake(store.open_intake(), outage);
  const std::vector<IncomingWebhook> webhooks{
      {"s", StatedPayment{transaction("bad"), clock.now()}, "", "", clock.now()},
      {"s", StatedPayment{transaction("good"), clock.now()}, "", "", clock.now()}};
  intake.store(std::span(webhooks).first(1), {});
  BOOST_TEST(outage.status("").starts_with("Cannot store webhooks since "));
  intake.store(webhooks, {});
  BOOST_TEST(outage.status("") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
