#include "store/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/unit/store/engines.h"

namespace payhook::test {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

template <typename Engine>
struct Counting : Sessions<Engine> {
  std::unique_ptr<Statistics> statistics = this->engine.store().open_statistics();

  /// "bank accepted 2, bank processed 1", of those that began between two moments.
  std::string counts(Timestamp since = moment(0) - days{100},
                     Timestamp before = moment(0) + days{100}) {
    std::vector<std::string> lines;
    for (const OutcomeCount& each : statistics->counts(since, before)) {
      lines.push_back(fmt::format("{} {} {}", each.source, each.outcome, each.count));
    }
    std::sort(lines.begin(), lines.end());
    return fmt::format("{}", fmt::join(lines, ", "));
  }

  /// "bank accepted 2 7000": how often ever, and how many milliseconds after moment(0) the last.
  std::string totals() {
    std::vector<std::string> lines;
    for (const OutcomeTotal& each : statistics->totals()) {
      lines.push_back(fmt::format("{} {} {} {}", each.source, each.outcome, each.count,
                                  (each.last_at - moment(0)).count()));
    }
    std::sort(lines.begin(), lines.end());
    return fmt::format("{}", fmt::join(lines, ", "));
  }

  void tidy_all(Timestamp now) {
    while (statistics->tidy(now, patience())) {
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(counting)

BOOST_AUTO_TEST_CASE_TEMPLATE(what_webhooks_come_to_is_counted_by_source, Engine, Engines) {
  Counting<Engine> s;
  BOOST_TEST(s.counts() == "");
  s.store({{.source = "bank", .id = "1"},
           {.source = "bank", .id = "2"},
           {.source = "bank", .id = "1"},
           {.source = "bank", .id = "1", .amount = "7"},
           {.source = "shop", .id = "1"}});
  const IncomingWebhook others[] = {
      unreadable("x", "shop"),
      {"shop", NoPayment{"failed"}, "y", "192.0.2.1", moment(0), "", true}};
  s.intake->store(others, patience());
  BOOST_TEST(s.counts() ==
             "bank accepted 2, bank conflict 1, bank duplicate 1, shop accepted 1, shop event 1, "
             "shop quarantined 1");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_processing_comes_to_is_counted_where_it_counted, Engine,
                              Engines) {
  Counting<Engine> s;
  s.store({{.id = "1"}, {.id = "2"}, {.id = "3"}, {.id = "4"}, {.source = "bank", .id = "5"}});
  BOOST_REQUIRE(s.queue->take_over(moment(0), patience()).has_value());
  const auto claimed = claim(*s.queue, moment(0), moment(10), 4);
  BOOST_REQUIRE(claimed.size() == 4U);
  finish(*s.queue, claimed[0].claim, Completed{}, moment(1));
  finish(*s.queue, claimed[0].claim, Completed{}, moment(2));  // is not its any more
  finish(*s.queue, claimed[1].claim, GiveUp{"no"}, moment(3));
  finish(*s.queue, claimed[2].claim, TryAgain{moment(100), "later"}, moment(4));
  finish(*s.queue, claimed[3].claim, Interrupted{moment(100), "stopped"}, moment(5));
  const std::string bank = "bank";
  s.queue->process_due({&bank, 1}, moment(6), 10, patience());
  BOOST_TEST(s.totals() ==
             "bank accepted 1 0, bank processed 1 6, default accepted 4 0, default failed 1 3, "
             "default interrupted 1 5, default processed 1 1, default retried 1 4");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(how_late_processing_and_handlers_begin_is_counted, Engine, Engines) {
  Counting<Engine> s;
  const auto lags = [&s] {
    std::vector<std::string> lines;
    const ProcessingLag lag = s.statistics->processing_lag();
    for (std::size_t i = 0; i < lag.buckets().size(); ++i) {
      if (const auto& bucket = lag.buckets()[i]; bucket.count > 0) {
        lines.push_back(fmt::format("{}: {} of {}", i, bucket.count, bucket.sum.count()));
      }
    }
    return fmt::format("{}", fmt::join(lines, ", "));
  };
  BOOST_TEST(lags() == "");
  // Due at once, and processed 100 ms and an hour and a bit later.
  s.store({{.source = "bank", .id = "1"}, {.source = "bank", .id = "2"}});
  const std::string bank = "bank";
  s.queue->process_due({&bank, 1}, moment(100), 1, patience());
  s.queue->process_due({&bank, 1}, moment(3'600'001), 1, patience());
  BOOST_TEST(lags() == "0: 1 of 100, 10: 1 of 3600001");
  // A handler's attempt counts when it begins, and each of them does.
  s.store({{.id = "3"}});
  BOOST_REQUIRE(s.queue->take_over(moment(0), patience()).has_value());
  const auto first = claim(*s.queue, moment(101), moment(60'000), 1);
  BOOST_REQUIRE(first.size() == 1U);
  finish(*s.queue, first[0].claim, TryAgain{moment(10'000), "later"}, moment(5'000));
  BOOST_REQUIRE(claim(*s.queue, moment(10'700), moment(60'000), 1).size() == 1U);
  BOOST_TEST(lags() == "0: 1 of 100, 1: 1 of 101, 2: 1 of 700, 10: 1 of 3600001");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_time_has_what_came_in_its_minutes, Engine, Engines) {
  Counting<Engine> s;
  s.store({{.id = "1"},
           {.id = "2", .received_at = moment(59'999)},
           {.id = "3", .received_at = moment(60'000)},
           {.id = "4", .received_at = moment(120'000)}});
  const std::tuple<int, int, std::string> table[] = {
      {0, 1, "default accepted 2"},  // from minute to minute
      {1, 2, "default accepted 1"}, {0, 3, "default accepted 4"}, {3, 9, ""}, {1, 1, ""},
  };
  for (const auto& [since, before, expected] : table) {
    BOOST_TEST(s.counts(moment(0) + minutes{since}, moment(0) + minutes{before}) == expected);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(hours_remain_of_minutes_and_nothing_of_old_hours, Engine, Engines) {
  Counting<Engine> s;
  for (int hour = 0; hour < 3; ++hour) {
    s.store({{.id = std::to_string(hour), .received_at = moment(0) + hours{hour}},
             {.id = std::to_string(hour), .received_at = moment(0) + hours{hour} + minutes{5}}});
  }
  const std::string all = "default accepted 3, default duplicate 3";
  for (const auto later : {days{0}, days{2}, days{3}, days{59}}) {
    s.tidy_all(moment(0) + later);
    BOOST_TEST(s.counts() == all);
  }
  // What comes late, by a clock that was set back, is added to its hour.
  s.store({{.id = "late", .received_at = moment(0)}});
  s.tidy_all(moment(0) + days{59});
  BOOST_TEST(s.counts() == "default accepted 4, default duplicate 3");
  s.tidy_all(moment(0) + days{61});
  BOOST_TEST(s.counts() == "");
  BOOST_TEST(s.totals() == "default accepted 4 0, default duplicate 3 7500000");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_clock_that_is_set_back_counts_on_and_says_when_it_was, Engine,
                              Engines) {
  Counting<Engine> s;
  s.store({{.id = "1", .received_at = moment(3'600'000)}});
  s.store({{.id = "2", .received_at = moment(0)}});
  BOOST_TEST(s.totals() == "default accepted 2 0");
  BOOST_TEST(s.counts() == "default accepted 2");
  s.tidy_all(moment(0));
  BOOST_TEST(s.counts() == "default accepted 2");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(how_it_stands_is_told, Engine, Engines) {
  Counting<Engine> s;
  const StoreState empty = s.statistics->state(moment(0));
  BOOST_TEST(empty.is_open_to_receive);
  BOOST_TEST(empty.is_being_processed);
  BOOST_TEST(s.statistics->vitals().is_being_processed);
  BOOST_TEST(s.statistics->vitals().disk_bytes_left.value_or(1) > 0);
  BOOST_TEST(empty.failed == 0U);
  BOOST_TEST(!empty.is_paused);
  BOOST_TEST(empty.processing == 0U);
  BOOST_TEST(!empty.oldest_due_at.has_value());
  BOOST_TEST(!empty.newest_created_at.has_value());
  BOOST_TEST(!empty.last_backup_at.has_value());
  s.store({{.id = "1"}, {.id = "1", .amount = "7"}, {.id = "2", .received_at = moment(9)}});
  const IncomingWebhook kept = unreadable("body");
  s.intake->store({&kept, 1}, patience());
  s.intake.reset();
  BOOST_REQUIRE(s.queue->take_over(moment(0), patience()).has_value());
  finish(*s.queue, claim(*s.queue, moment(0), moment(10), 1).at(0).claim, GiveUp{"no"}, moment(1));
  s.queue.reset();
  const StoreState full = s.statistics->state(moment(0));
  BOOST_TEST(!full.is_open_to_receive);
  BOOST_TEST(!full.is_being_processed);
  BOOST_TEST(!s.statistics->vitals().is_being_processed);
  BOOST_TEST(full.failed == 1U);
  BOOST_TEST(full.conflicts == 1U);
  BOOST_TEST(full.quarantine.webhooks == 1);
  BOOST_TEST(full.quarantine.bytes == 17);
  BOOST_TEST((full.newest_created_at == moment(9)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(how_the_queue_stands_is_told, Engine, Engines) {
  Counting<Engine> s;
  s.store({{.source = "bank", .id = "1", .received_at = moment(7)},
           {.id = "1", .received_at = moment(9)},
           {.id = "2", .received_at = moment(20)},
           {.id = "3", .received_at = moment(20)}});
  const std::tuple<int, std::size_t, int> table[] = {{6, 0, 0}, {8, 1, 7}, {19, 2, 7}, {20, 4, 7}};
  for (const auto& [at, due, oldest] : table) {
    const StoreState state = s.statistics->state(moment(at));
    BOOST_TEST(state.processing == 4U);
    BOOST_TEST(state.due == due);
    BOOST_TEST((state.oldest_due_at == (due > 0 ? std::optional(moment(oldest)) : std::nullopt)));
  }
  process_due(*s.queue, moment(20));
  BOOST_TEST(s.statistics->state(moment(20)).processing == 1U);
  s.engine.store().open_operations()->pause({"alice", "a repair", moment(20)}, patience());
  BOOST_TEST(s.statistics->state(moment(20)).is_paused);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
