#include "daemon/processor.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/support/captured_output.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_handlers.h"
#include "tests/support/fake_store.h"

namespace payhook::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Fault = FakeStore::Fault;

constexpr std::size_t k_rows_at_once = 384;
constexpr milliseconds k_pause{8};

Config config_of(seconds delay) {
  Source source;
  source.delay = delay;
  Config config;
  config.sources = {std::make_shared<const Source>(std::move(source))};
  return config;
}

/// A processor and its store; it is asked to stop after `transactions_until_stop`.
struct Processing {
  explicit Processing(seconds a_delay = seconds{30})
      : delay(a_delay),
        processor(store.open_processing_queue(), store.open_upkeep(FakeStore::Keeper::ALWAYS),
                  handlers, clock, outage, config_of(delay), [this] {
                    return static_cast<int>(store.processing_calls().size()) >=
                           transactions_until_stop;
                  }) {}

  /// Adds rows that were created that long ago.
  void add(std::size_t count, milliseconds age) {
    for (std::size_t i = 0; i < count; ++i) {
      const Timestamp created_at = clock.now() - age;
      store.add(transaction("row_" + std::to_string(store.rows().size())), created_at,
                created_at + delay);
    }
  }

  std::size_t processed() const {
    const auto rows = store.rows();
    return static_cast<std::size_t>(std::count_if(
        rows.begin(), rows.end(), [](const auto& row) { return row.status == "PROCESSED"; }));
  }

  /// How long from now on the processor wants to sleep.
  milliseconds sleep() { return processor.process_due() - clock.now(); }

  const seconds delay;
  FakeClock clock;
  FakeHandlers handlers;
  FakeStore store;
  Outage outage{clock, "process transactions", {}};
  int transactions_until_stop = 1'000'000;
  Processor processor;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(processor)

BOOST_AUTO_TEST_CASE(a_transaction_is_processed_exactly_at_the_delay) {
  Processing p;
  p.add(1, milliseconds{29'999});
  BOOST_TEST((p.sleep() == milliseconds{1}));
  BOOST_TEST(p.processed() == 0);
  p.clock.advance(milliseconds{1});
  p.processor.process_due();
  BOOST_TEST(p.processed() == 1);
  BOOST_TEST((p.store.rows()[0].processed_at == p.clock.now()));
}

BOOST_AUTO_TEST_CASE(a_transaction_is_processed_once) {
  Processing p;
  p.add(1, seconds{30});
  p.processor.process_due();
  const auto processed_at = p.store.rows()[0].processed_at;
  p.clock.advance(seconds{60});
  p.processor.process_due();
  BOOST_TEST((p.store.rows()[0].processed_at == processed_at));
}

BOOST_AUTO_TEST_CASE(what_became_due_while_it_was_down_is_processed_at_once) {
  Processing p;
  p.add(3, std::chrono::hours{48});
  p.add(1, seconds{10});
  BOOST_TEST((p.sleep() == seconds{20}));
  BOOST_TEST(p.processed() == 3);
}

BOOST_AUTO_TEST_CASE(a_shorter_delay_has_it_look_earlier_for_what_arrives_by_it) {
  Processing p(seconds{20});
  BOOST_TEST((p.sleep() == seconds{20}));
  p.processor.configure(config_of(seconds{10}));
  BOOST_TEST((p.sleep() == seconds{10}));
}

BOOST_AUTO_TEST_CASE(it_knows_how_many_it_has_processed_and_how_many_are_overdue) {
  Processing p;
  p.transactions_until_stop = 2;
  p.add(3 * k_rows_at_once, seconds{60});
  p.add(1, seconds{0});
  p.processor.process_due();
  BOOST_TEST(p.processor.processed() == 2 * k_rows_at_once);
  BOOST_TEST(p.processor.backlog() == 3 * k_rows_at_once, "as counted before the first of them");
  p.transactions_until_stop = 1000;
  p.processor.process_due();
  BOOST_TEST(p.processor.processed() == 3 * k_rows_at_once);
  BOOST_TEST(p.processor.backlog() == 0);
}

BOOST_AUTO_TEST_CASE(it_sleeps_until_the_oldest_becomes_due) {
  Processing p;
  p.add(1, seconds{5});
  p.add(1, milliseconds{12'345});
  p.add(1, seconds{0});
  BOOST_TEST((p.sleep() == milliseconds{17'655}));
}

BOOST_AUTO_TEST_CASE(with_nothing_to_do_it_sleeps_the_delay_but_from_1_to_30_seconds) {
  const std::pair<seconds, seconds> sleeps[] = {
      {seconds{0}, seconds{1}},   {seconds{1}, seconds{1}},   {seconds{10}, seconds{10}},
      {seconds{30}, seconds{30}}, {seconds{31}, seconds{30}}, {seconds{86'400}, seconds{30}},
  };
  for (const auto& [delay, sleep] : sleeps) {
    Processing p(delay);
    BOOST_TEST((p.sleep() == sleep), delay.count());
  }
}

BOOST_AUTO_TEST_CASE(with_a_long_delay_it_looks_every_30_seconds) {
  // A responder that has read another configuration may store what is due earlier.
  Processing p(seconds{3600});
  p.add(1, seconds{600});
  BOOST_TEST((p.sleep() == seconds{30}));
}

BOOST_AUTO_TEST_CASE(without_a_delay_it_processes_what_is_there_and_looks_every_second) {
  Processing p(seconds{0});
  p.add(2, seconds{0});
  BOOST_TEST((p.sleep() == seconds{1}));
  BOOST_TEST(p.processed() == 2);
}

BOOST_AUTO_TEST_CASE(a_backlog_is_processed_in_short_transactions_oldest_first) {
  Processing p;
  p.add(2 * k_rows_at_once + 10, seconds{60});
  p.processor.process_due();
  BOOST_TEST(p.processed() == 2 * k_rows_at_once + 10);
  const auto calls = p.store.processing_calls();
  BOOST_TEST(calls.size() == 3);
  for (const auto& call : calls) {
    BOOST_TEST(call.limit == k_rows_at_once);
    BOOST_TEST((call.now == p.clock.now()));
  }
}

BOOST_AUTO_TEST_CASE(a_backlog_that_ends_with_a_full_transaction_is_looked_through_to_its_end) {
  Processing p;
  p.add(2 * k_rows_at_once, seconds{60});
  p.processor.process_due();
  BOOST_TEST(p.processed() == 2 * k_rows_at_once);
  BOOST_TEST(p.store.processing_calls().size() == 3);
}

BOOST_AUTO_TEST_CASE(a_stop_is_noticed_between_two_transactions) {
  Processing p;
  p.add(5 * k_rows_at_once, seconds{60});
  p.transactions_until_stop = 2;
  BOOST_TEST((p.sleep() == milliseconds{0}), "what is left is due");
  BOOST_TEST(p.processed() == 2 * k_rows_at_once);
}

BOOST_AUTO_TEST_CASE(what_becomes_due_within_a_few_milliseconds_is_processed_together) {
  // Each transaction syncs the disk and keeps webhooks waiting for their turn.
  Processing p;
  p.add(1, seconds{30});
  p.add(1, seconds{30} - milliseconds{1});
  BOOST_TEST((p.sleep() == k_pause));
  BOOST_TEST(p.processed() == 1);
  p.clock.advance(k_pause);
  p.processor.process_due();
  BOOST_TEST(p.processed() == 2);
}

BOOST_AUTO_TEST_CASE(upkeep_has_its_time_between_the_transactions_until_all_is_done) {
  Processing p;
  p.add(2 * k_rows_at_once, seconds{60});
  p.store.need_upkeep(5);
  p.processor.process_due();
  BOOST_TEST(p.store.upkeep_steps_left() == 0);
  BOOST_TEST(p.processed() == 2 * k_rows_at_once);
  BOOST_TEST(p.store.looks() > 5, "what becomes due meanwhile does not wait");
}

BOOST_AUTO_TEST_CASE(processing_that_stands_still_is_an_error_unless_another_program_is_busy) {
  const std::pair<Fault, std::string> levels[] = {
      {Fault::UNAVAILABLE, "error: processing stands still: "},
      {Fault::TIMEOUT, "warning: processing stands still: "},
  };
  for (const auto& [fault, beginning] : levels) {
    Processing p;
    p.add(1, seconds{60});
    p.store.fail_times(fault, 1);
    CapturedOutput log(2);
    const milliseconds sleep = p.sleep();
    const std::string lines = log.stop();
    BOOST_TEST((sleep == seconds{1}));
    BOOST_TEST(lines.find(beginning) != std::string::npos, lines);
    BOOST_TEST(p.outage.status("").starts_with("Cannot process transactions since "));
    BOOST_TEST(p.processed() == 0);
    p.clock.advance(seconds{1});
    BOOST_TEST((p.sleep() == seconds{30}), "it is tried again a second later");
    BOOST_TEST(p.processed() == 1);
    BOOST_TEST(p.outage.status("") == "");
  }
}

BOOST_AUTO_TEST_CASE(what_was_processed_before_a_failure_stays_processed) {
  class BusyAfterOne final : public ProcessingQueue {
   public:
    explicit BusyAfterOne(FakeStore& store)
        : m_store(store), m_queue(store.open_processing_queue()) {}
    QueueState state() override { return m_queue->state(); }
    void let_others_write(Deadline deadline) override { m_queue->let_others_write(deadline); }
    std::size_t process_due(std::span<const std::string> sources, Timestamp now, std::size_t limit,
                            Deadline deadline) override {
      if (!m_store.processing_calls().empty()) {
        throw StoreTimeout("busy");
      }
      return m_queue->process_due(sources, now, limit, deadline);
    }
    std::optional<std::vector<AbandonedClaim>> take_over(Timestamp now,
                                                         Deadline deadline) override {
      return m_queue->take_over(now, deadline);
    }
    std::vector<ClaimedTransaction> finish_and_claim(const ClaimChanges& changes, Timestamp now,
                                                     Deadline deadline) override {
      return m_queue->finish_and_claim(changes, now, deadline);
    }
    std::size_t count_due(Timestamp now, std::size_t at_most) override {
      return m_queue->count_due(now, at_most);
    }

   private:
    FakeStore& m_store;
    std::unique_ptr<ProcessingQueue> m_queue;
  };
  Processing p;
  p.add(k_rows_at_once + 1, seconds{60});
  Processor processor(std::make_unique<BusyAfterOne>(p.store),
                      p.store.open_upkeep(FakeStore::Keeper::ALWAYS), p.handlers, p.clock, p.outage,
                      config_of(seconds{30}), [] { return false; });
  BOOST_TEST((processor.process_due() == p.clock.now() + seconds{1}));
  BOOST_TEST(p.processed() == k_rows_at_once);
}

BOOST_AUTO_TEST_CASE(upkeep_that_fails_keeps_nothing_from_being_processed) {
  Processing p;
  p.add(1, seconds{60});
  p.store.fail_upkeep(Fault::TIMEOUT);
  BOOST_TEST((p.sleep() == seconds{30}));
  BOOST_TEST(p.processed() == 1);
}

BOOST_AUTO_TEST_CASE(a_store_that_breaks_ends_the_program) {
  Processing p;
  p.store.fail(Fault::BROKEN);
  BOOST_CHECK_THROW(p.processor.process_due(), StoreBroken);
}

BOOST_AUTO_TEST_CASE(a_clock_that_jumps_back_delays_what_came_before_by_the_jump_and_no_more) {
  Processing p;
  p.add(1, seconds{0});
  p.clock.advance(-std::chrono::hours{1});
  // The row now lies an hour ahead. New ones do not: they are looked for after a delay.
  BOOST_TEST((p.sleep() == seconds{30}));
  p.add(1, seconds{0});
  p.clock.advance(seconds{30});
  p.processor.process_due();
  BOOST_TEST(p.processed() == 1);
  p.clock.advance(std::chrono::hours{1});
  p.processor.process_due();
  BOOST_TEST(p.processed() == 2);
}

BOOST_AUTO_TEST_CASE(a_clock_that_jumps_back_does_not_make_it_spin_without_a_delay) {
  Processing p(seconds{0});
  p.add(1, seconds{0});
  p.clock.advance(-std::chrono::hours{1});
  BOOST_TEST((p.sleep() == seconds{1}));
}

BOOST_AUTO_TEST_CASE(a_clock_that_jumps_forward_makes_due_what_is_due_by_it) {
  Processing p;
  p.add(1, seconds{0});
  p.clock.advance(std::chrono::hours{1});
  BOOST_TEST((p.sleep() == seconds{30}));
  BOOST_TEST(p.processed() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
