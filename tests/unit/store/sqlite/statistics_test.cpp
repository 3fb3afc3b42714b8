#include "store/statistics.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

namespace {

using std::chrono::days;
using std::chrono::hours;

struct Counted : StoreFixture {
  std::unique_ptr<Statistics> statistics = payments.open_statistics();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(statistics_in_sqlite, Counted)

BOOST_AUTO_TEST_CASE(a_commit_counts_once_for_each_source_and_outcome) {
  const auto intake = payments.open_intake();
  std::vector<Webhook> webhooks;
  for (int i = 0; i < 50; ++i) {
    webhooks.push_back({.source = i % 2 == 0 ? "bank" : "shop", .id = std::to_string(i)});
  }
  store_all(*intake, webhooks);
  store_all(*intake, webhooks);
  BOOST_TEST(query("SELECT * FROM outcomes_by_minute") ==
             "2025-11-08T14:31|bank|accepted|25\n2025-11-08T14:31|bank|duplicate|25\n"
             "2025-11-08T14:31|shop|accepted|25\n2025-11-08T14:31|shop|duplicate|25");
  BOOST_TEST(query("SELECT * FROM outcomes WHERE source = 'bank'") ==
             "bank|accepted|25|2025-11-08T14:31:00.000Z\n"
             "bank|duplicate|25|2025-11-08T14:31:00.000Z");
}

BOOST_AUTO_TEST_CASE(what_a_commit_does_not_store_is_not_counted) {
  const auto intake = payments.open_intake();
  query(
      "CREATE TRIGGER refuse BEFORE INSERT ON transactions WHEN NEW.transaction_id = 'bad' "
      "BEGIN SELECT raise(ABORT, 'refused'); END");
  store_all(*intake, {{.id = "good"}, {.id = "bad"}, {.id = "better"}});
  BOOST_TEST(query("SELECT outcome, count FROM outcomes") == "accepted|2");
}

BOOST_AUTO_TEST_CASE(how_large_it_was_a_day_ago_is_told_once_it_is_known) {
  BOOST_TEST(!statistics->state(moment(0)).earlier.has_value());
  statistics->tidy(moment(0), patience());
  BOOST_TEST(!statistics->state(moment(0)).earlier.has_value(), "of an hour that is not over");
  for (int hour = 1; hour <= 30; ++hour) {
    statistics->tidy(moment(0) + hours{hour}, patience());
  }
  query("UPDATE database_sizes SET bytes = 7 WHERE hour = '2025-11-08T20'");
  const StoreState state = statistics->state(moment(0) + hours{30});
  BOOST_REQUIRE(state.earlier.has_value());
  BOOST_TEST((state.earlier->at == parse_timestamp("2025-11-08T20:00:00.000Z")));
  BOOST_TEST(state.earlier->bytes == 7);
  BOOST_TEST(state.bytes > 0);
  BOOST_TEST(state.disk_bytes_left.value() > 0);
  statistics->tidy(moment(0) + days{100}, patience());
  BOOST_TEST(query("SELECT count(*) FROM database_sizes") == "1");
}

BOOST_AUTO_TEST_CASE(the_newest_backup_is_told) {
  query(
      "INSERT INTO operations (at, operation, who, why) VALUES "
      "('2025-11-08T14:31:00.000Z', 'backup', '', ''), ('2025-11-07T14:31:00.000Z', 'backup', '', "
      "''), ('2025-11-09T14:31:00.000Z', 'requeue', '', '')");
  BOOST_TEST((statistics->state(moment(0)).last_backup_at == moment(0)));
}

BOOST_AUTO_TEST_CASE(the_engine_says_what_is_not_as_it_needs_it) {
  const EngineReport report = statistics->engine();
  BOOST_TEST(report.text.find("journal_mode wal, synchronous 2, page_size 4096") !=
             std::string::npos);
  BOOST_TEST(report.doubts.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
