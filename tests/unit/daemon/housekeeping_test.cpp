#include "daemon/housekeeping.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_store.h"
#include "tests/support/temporary_directory.h"

namespace payhook::test {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

/// The defaults, but for one.
template <typename Days>
RetentionConfig with(Days RetentionConfig::*which, days value) {
  RetentionConfig config;
  config.*which = value;
  return config;
}

struct Keeping {
  explicit Keeping(const RetentionConfig& config = {})
      : housekeeping(store.open_kept_webhooks(), store.open_retention(), store.open_statistics(),
                     clock, with_archive(config)) {}

  RetentionConfig with_archive(RetentionConfig config) const {
    config.archive = archive();
    return config;
  }

  std::filesystem::path archive() const { return directory.path() / "archive"; }

  std::size_t archives() const {
    using Files = std::filesystem::directory_iterator;
    return std::filesystem::exists(archive())
               ? static_cast<std::size_t>(std::distance(Files(archive()), Files()))
               : 0;
  }

  /// Stores and processes transactions.
  void process(std::size_t count, const std::string& prefix) {
    std::vector<IncomingWebhook> webhooks;
    for (std::size_t i = 0; i < count; ++i) {
      webhooks.push_back({"default",
                          StatedPayment{transaction(prefix + std::to_string(i)), clock.now()},
                          "body", "", clock.now()});
    }
    store.open_intake()->store(webhooks, {});
    const std::string source = "default";
    store.open_processing_queue()->process_due({&source, 1}, clock.now(), count, {});
  }

  /// Has it do all that there is to do now. Returns in how many steps.
  int do_all() {
    int steps = 1;
    for (Timestamp next; (next = housekeeping.step()) - clock.now() < hours{1}; ++steps) {
      clock.set(next);
    }
    return steps;
  }

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

  std::size_t count(KeptIn where) { return kept->list(where, {}, {}, 10'000).heads.size(); }

  std::string body_of(const std::string& id) {
    const auto browser = store.open_browser();
    return browser->webhook(browser->find("default", id).value().number).body;
  }

  TemporaryDirectory directory;
  FakeClock clock;
  FakeStore store;
  std::unique_ptr<KeptWebhooks> kept = store.open_kept_webhooks();
  Housekeeping housekeeping;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(housekeeping)

BOOST_AUTO_TEST_CASE(events_are_forgotten_after_their_days_and_the_quarantine_is_not) {
  Keeping k(with(&RetentionConfig::events, days{2}));
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
  k.housekeeping.configure(k.with_archive(with(&RetentionConfig::quarantine, days{1})));
  k.clock.advance(hours{1});
  k.housekeeping.step();
  BOOST_TEST(k.count(KeptIn::QUARANTINE) == 0U);
}

BOOST_AUTO_TEST_CASE(many_are_forgotten_a_little_at_a_time) {
  Keeping k(with(&RetentionConfig::events, days{1}));
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
    Keeping k(with(&RetentionConfig::events, days{1}));
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

BOOST_AUTO_TEST_CASE(bodies_are_emptied_after_their_days_and_transactions_stay) {
  Keeping k(with(&RetentionConfig::bodies, days{2}));
  k.process(600, "old ");
  k.clock.advance(days{2});
  k.do_all();
  BOOST_TEST(k.body_of("old 0") == "body", "its day is not over");
  k.process(1, "new ");
  k.clock.advance(days{1});
  BOOST_TEST(k.do_all() == 3, "256 in a step");
  BOOST_TEST(k.body_of("old 0") == "");
  BOOST_TEST(k.body_of("old 599") == "");
  BOOST_TEST(k.body_of("new 0") == "body");
  BOOST_TEST(k.store.rows().size() == 601U);
  BOOST_TEST(k.archives() == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_processed_is_archived_and_pruned_once_a_day_where_that_is_set) {
  Keeping k(with(&RetentionConfig::processed, days{2}));
  k.process(600, "old ");
  k.clock.advance(days{1});
  k.process(1, "new ");
  k.clock.advance(days{2});
  BOOST_TEST(k.do_all() > 3);
  BOOST_REQUIRE(k.store.rows().size() == 1U);
  BOOST_TEST(k.store.rows()[0].transaction.transaction_id() == "new 0");
  BOOST_TEST(k.archives() == 1U);
  BOOST_REQUIRE(k.store.prunes().size() == 1U);
  BOOST_TEST(k.store.prunes()[0].who == "payhookd");
  BOOST_TEST(k.store.prunes()[0].why.starts_with("processed_days = 2 (600 PROCESSED, archived in " +
                                                 k.archive().string()));
  k.clock.advance(hours{1});
  BOOST_TEST(k.do_all() == 1);
  k.clock.advance(days{1});
  k.do_all();
  BOOST_TEST(k.store.rows().empty());
  BOOST_TEST(k.archives() == 2U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_archived_stays_until_it_can) {
  Keeping k(with(&RetentionConfig::processed, days{1}));
  k.process(1, "old ");
  k.clock.advance(days{2});
  std::ofstream(k.archive()) << "no directory";
  k.do_all();
  BOOST_TEST(k.store.rows().size() == 1U);
  std::filesystem::remove(k.archive());
  k.clock.advance(hours{1});
  k.do_all();
  BOOST_TEST(k.store.rows().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
