#include "daemon/dispatcher.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/captured_output.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_handlers.h"
#include "tests/support/fake_store.h"

namespace payhook::test {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using End = AttemptResult::End;
using Ids = std::vector<std::string>;

std::shared_ptr<HandlerConfig> program(std::size_t at_once = 4) {
  const auto handler = std::make_shared<HandlerConfig>();
  handler->what = ExecHandler{{"/bin/true"}};
  handler->at_once = at_once;
  return handler;
}

struct Dispatching {
  explicit Dispatching(std::shared_ptr<const HandlerConfig> handler = program()) {
    config.handlers.set_default(std::move(handler));
    restart();
  }

  /// As after a crash: what the one before knew is gone.
  void restart() {
    dispatcher.reset();
    queue.reset();
    handlers = std::make_unique<FakeHandlers>();
    queue = store.open_processing_queue();
    dispatcher = std::make_unique<Dispatcher>(*queue, *handlers, clock, config);
  }

  void add(const Ids& ids, const std::string& source = "default",
           const std::string& account = "a") {
    const auto intake = store.open_intake();
    for (const std::string& id : ids) {
      const Transaction one = transaction(id, account);
      const IncomingWebhook webhook{source, StatedPayment{one, clock.now(), keeps_order}, "{}", "",
                                    clock.now()};
      intake->store({&webhook, 1}, {});
    }
  }

  /// All that there is to do now.
  void step() {
    while (dispatcher->step(queue->state())) {
    }
  }

  Timestamp next_step() { return dispatcher->next_step(queue->state()); }

  StoredTransaction row(const std::string& id) {
    return store.open_status_reader()->find("default", id).value();
  }

  std::vector<Attempt> attempts(const std::string& id) { return attempts_of(store, id); }

  bool keeps_order = false;
  FakeClock clock;
  FakeStore store;
  Config config;
  std::unique_ptr<FakeHandlers> handlers;
  std::unique_ptr<ProcessingQueue> queue;
  std::unique_ptr<Dispatcher> dispatcher;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(dispatcher)

BOOST_AUTO_TEST_CASE(what_is_due_is_handed_over_and_ends_as_the_handler_says) {
  Dispatching d;
  d.add({"1"});
  d.step();
  BOOST_TEST(d.handlers->running() == Ids{"1"}, boost::test_tools::per_element());
  BOOST_TEST(d.row("1").status == "PROCESSING");
  BOOST_TEST(d.attempts("1").size() == 1U, "recorded before it starts");
  d.clock.advance(seconds{2});
  d.handlers->end_first(End::DONE);
  d.step();
  BOOST_TEST(d.row("1").status == "PROCESSED");
  BOOST_TEST((d.row("1").processed_at == d.clock.now()));
  BOOST_TEST(d.dispatcher->processed() == 1U);
  BOOST_TEST(d.dispatcher->is_idle());
  const Attempt attempt = d.attempts("1").at(0);
  BOOST_TEST(attempt.outcome == "PROCESSED");
  BOOST_TEST(attempt.output == "said");
}

BOOST_AUTO_TEST_CASE(no_more_run_at_once_than_are_set_in_all_and_of_one_source) {
  Dispatching d(program(3));
  d.config.processor.handlers_at_once = 5;
  d.dispatcher->configure(d.config);
  d.add({"1", "2", "3", "4", "5"}, "slow");
  d.clock.advance(seconds{1});
  d.add({"6", "7", "8", "9"}, "quick");
  d.step();
  BOOST_TEST(d.handlers->running() == (Ids{"6", "7", "1", "2", "3"}),
             boost::test_tools::per_element());
  BOOST_TEST((d.next_step() > d.clock.now()), "only a result makes room");
  d.handlers->end_first(End::DONE);
  d.step();
  BOOST_TEST(d.handlers->running() == (Ids{"7", "1", "2", "3", "8"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sources_that_take_long_leave_the_others_their_share) {
  Dispatching d(program(4));
  for (const std::string source : {"slow1", "slow2"}) {
    for (int i = 0; i < 100; ++i) {
      d.add({source + std::to_string(i)}, source);
    }
  }
  d.step();
  BOOST_TEST(d.handlers->running().size() == 8U);
  d.clock.advance(seconds{1});
  d.add({"quick"}, "quick");
  d.handlers->end_first(End::TRY_AGAIN, "it did not end within 30 s");
  d.step();
  BOOST_TEST(d.handlers->running().back() == "quick");
}

BOOST_AUTO_TEST_CASE(what_fails_is_tried_again_later_each_time_and_fails_at_last) {
  const auto handler = program();
  handler->retry = {.max_attempts = 3, .first = seconds{10}, .longest = minutes{1}};
  Dispatching d(handler);
  d.add({"1"});
  for (const seconds delay : {seconds{10}, seconds{40}}) {
    d.step();
    d.handlers->end_first(End::TRY_AGAIN, "exit status 1");
    d.step();
    BOOST_TEST(d.row("1").status == "PROCESSING");
    BOOST_TEST(d.row("1").last_error.value() == "exit status 1");
    const auto wait = d.next_step() - d.clock.now();
    BOOST_TEST((wait >= delay * 4 / 5 && wait <= delay * 6 / 5));
    d.clock.set(d.next_step());
  }
  d.step();
  d.handlers->end_first(End::TRY_AGAIN, "exit status 2");
  d.step();
  BOOST_TEST(d.row("1").status == "FAILED");
  BOOST_TEST(d.row("1").attempts == 3);
  BOOST_TEST(d.row("1").last_error.value() == "exit status 2");
  BOOST_TEST(d.dispatcher->processed() == 0U);
}

BOOST_AUTO_TEST_CASE(a_handler_may_ask_for_more_time_or_give_up) {
  Dispatching d;
  d.add({"later", "never"});
  d.step();
  d.handlers->end_first(End::TRY_AGAIN, "HTTP status 503", seconds{3600});
  d.handlers->end_first(End::GIVE_UP, "HTTP status 410");
  d.step();
  BOOST_TEST((d.next_step() == d.clock.now() + hours{1}));
  BOOST_TEST(d.row("never").status == "FAILED");
  d.clock.advance(hours{1});
  d.step();
  d.handlers->end_first(End::TRY_AGAIN, "HTTP status 503", hours{10'000});
  d.step();
  BOOST_TEST((d.next_step() == d.clock.now() + hours{24}), "but not for ever");
}

BOOST_AUTO_TEST_CASE(a_poisoned_transaction_delays_no_other) {
  Dispatching d(program(2));
  d.add({"bad1", "bad2", "good1", "good2"});
  d.step();
  d.handlers->end_all(End::TRY_AGAIN, "exit status 1");
  d.step();
  BOOST_TEST(d.handlers->running() == (Ids{"good1", "good2"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_crash_counts_as_an_attempt_and_loses_nothing) {
  const auto handler = program();
  handler->retry.max_attempts = 2;
  Dispatching d(handler);
  d.add({"1"});
  d.step();
  d.restart();
  d.step();
  BOOST_TEST(d.handlers->running().empty());
  BOOST_TEST(d.row("1").last_error.value() == "payhookd ended while it ran");
  BOOST_TEST(d.attempts("1").at(0).outcome == "RETRY");
  d.clock.set(d.next_step());
  d.step();
  BOOST_TEST(d.handlers->running() == Ids{"1"}, boost::test_tools::per_element());
  for (int crashes = 2; crashes <= 4; ++crashes) {
    d.restart();
    d.step();
    BOOST_TEST(d.row("1").status == "PROCESSING", "no crash is the last attempt by itself");
    d.clock.set(d.next_step());
    d.step();
  }
  d.restart();
  d.step();
  BOOST_TEST(d.row("1").status == "FAILED", "unless it always crashes");
}

BOOST_AUTO_TEST_CASE(what_we_have_too_little_of_is_no_attempt) {
  const auto handler = program();
  handler->retry.max_attempts = 1;
  Dispatching d(handler);
  d.add({"1"});
  d.step();
  d.handlers->end_first(End::INTERRUPTED, "cannot start /bin/true", seconds{5});
  d.step();
  BOOST_TEST((d.next_step() == d.clock.now() + seconds{5}));
  d.clock.advance(seconds{5});
  d.step();
  BOOST_TEST(d.handlers->running().size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_cancelled_and_put_back_has_one_handler_at_a_time) {
  Dispatching d;
  d.add({"1"});
  d.step();
  const auto operations = d.store.open_operations();
  operations->cancel("default", "1", {"me", "wrong", d.clock.now()}, {});
  BOOST_TEST((operations->requeue("default", "1", {"me", "right", d.clock.now()}, {}) ==
              ActResult::RUNNING));
  d.handlers->end_first(End::DONE);
  d.step();
  operations->requeue("default", "1", {"me", "right", d.clock.now()}, {});
  d.step();
  BOOST_TEST(d.handlers->running().size() == 1U);
  d.handlers->end_first(End::DONE);
  d.step();
  BOOST_TEST(d.row("1").status == "PROCESSED");
}

BOOST_AUTO_TEST_CASE(a_stop_gives_back_what_it_interrupts_at_once_and_uncounted) {
  const auto handler = program();
  handler->retry.max_attempts = 1;
  Dispatching d(handler);
  d.add({"1", "2"});
  for (int stop = 0; stop < 3; ++stop) {
    d.step();
    BOOST_TEST(d.handlers->running().size() == 2U);
    d.handlers->interrupt();
    d.dispatcher->finish();
    BOOST_TEST(d.dispatcher->is_idle());
    BOOST_TEST((d.next_step() == d.clock.now()));
    d.restart();
  }
  BOOST_TEST(d.attempts("1").at(0).outcome == "INTERRUPTED");
}

BOOST_AUTO_TEST_CASE(a_store_that_is_away_costs_no_result) {
  Dispatching d;
  d.add({"1", "2"});
  d.step();
  d.handlers->end_first(End::DONE);
  for (const auto fault : {FakeStore::Fault::UNAVAILABLE, FakeStore::Fault::OUTCOME_UNKNOWN}) {
    const QueueState state = d.queue->state();
    d.store.fail_times(fault, 1);
    BOOST_CHECK_THROW(d.dispatcher->step(state), StoreUnavailable);
    BOOST_TEST(!d.dispatcher->is_idle());
  }
  d.step();
  BOOST_TEST(d.row("1").status == "PROCESSED");
  BOOST_TEST(d.handlers->running() == Ids{"2"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_claim_that_it_does_not_know_of_comes_again_when_its_lease_ends) {
  Dispatching d;
  d.step();
  d.add({"1"});
  const QueueState state = d.queue->state();
  d.store.fail_times(FakeStore::Fault::OUTCOME_UNKNOWN, 1);
  BOOST_CHECK_THROW(d.dispatcher->step(state), StoreUnavailable);
  BOOST_TEST(d.handlers->running().empty());
  d.clock.set(d.next_step());
  d.step();
  BOOST_TEST(d.handlers->running() == Ids{"1"}, boost::test_tools::per_element());
  BOOST_TEST(d.row("1").attempts == 2);
  BOOST_TEST(d.attempts("1").at(0).reason == "it never began");
}

BOOST_AUTO_TEST_CASE(what_runs_stays_claimed_wherever_the_clock_jumps) {
  for (const auto jump : {hours{1}, hours{-1}, hours{1000}}) {
    Dispatching d;
    d.add({"1"});
    d.step();
    d.clock.advance(jump);
    d.step();
    d.clock.advance(minutes{1});
    d.step();
    BOOST_TEST(d.handlers->running().size() == 1U);
    BOOST_TEST((d.next_step() <= d.clock.now() + minutes{10}));
    d.handlers->end_first(End::DONE);
    d.step();
    BOOST_TEST(d.row("1").status == "PROCESSED");
    BOOST_TEST(d.row("1").attempts == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_second_processor_waits_until_the_first_has_ended) {
  Dispatching d;
  d.add({"1", "2"});
  d.step();
  const auto queue = d.store.open_processing_queue();
  FakeHandlers handlers;
  Dispatcher second(*queue, handlers, d.clock, d.config);
  CapturedOutput log(2);
  d.clock.advance(hours{10});
  BOOST_TEST(!second.step(queue->state()));
  BOOST_TEST(log.stop().find("another payhookd hands out") != std::string::npos);
  BOOST_TEST(handlers.running().empty());
  BOOST_TEST((second.next_step(queue->state()) > d.clock.now()));
  d.dispatcher.reset();
  d.queue.reset();
  while (second.step(queue->state())) {
  }
  d.clock.advance(hours{1});
  while (second.step(queue->state())) {
  }
  BOOST_TEST(handlers.running().size() == 2U);
}

BOOST_AUTO_TEST_CASE(while_it_is_paused_nothing_starts) {
  Dispatching d;
  d.add({"1"});
  d.store.open_operations()->pause({"me", "", d.clock.now()}, {});
  d.step();
  BOOST_TEST(d.handlers->running().empty());
  BOOST_TEST((d.next_step() == Timestamp::max()));
  d.store.open_operations()->resume({"me", "", d.clock.now()}, {});
  d.step();
  BOOST_TEST(d.handlers->running().size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_order_is_kept_within_an_account) {
  const auto handler = program();
  handler->in_order = true;
  Dispatching d(handler);
  d.keeps_order = true;
  d.add({"x1", "x2"}, "default", "x");
  d.add({"y1"}, "default", "y");
  d.step();
  BOOST_TEST(d.handlers->running() == (Ids{"x1", "y1"}), boost::test_tools::per_element());
  d.handlers->end_first(End::TRY_AGAIN, "busy");
  d.step();
  BOOST_TEST(d.handlers->running() == Ids{"y1"}, boost::test_tools::per_element());
  d.clock.set(d.next_step());
  d.step();
  d.handlers->end_all(End::DONE);
  d.step();
  BOOST_TEST(d.handlers->running() == Ids{"x2"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_source_that_is_not_configured_any_more_has_the_handler_of_all) {
  Dispatching d;
  d.config.handlers.set("known", std::make_shared<const HandlerConfig>());
  d.dispatcher->configure(d.config);
  d.add({"1"}, "known");
  d.add({"2"}, "former");
  d.step();
  BOOST_TEST(d.handlers->running() == Ids{"2"}, boost::test_tools::per_element());
  BOOST_TEST(d.dispatcher->without_handler(d.queue->state()).at(0).source == "known");
}

BOOST_AUTO_TEST_CASE(what_has_failed_is_told_in_the_log) {
  const auto handler = program();
  handler->retry.max_attempts = 2;
  Dispatching d(handler);
  d.add({"1"});
  log::write_last_counts();  // its limits begin anew
  CapturedOutput log(2);
  d.step();
  d.handlers->end_first(End::TRY_AGAIN, "exit status 1");
  d.step();
  d.clock.set(d.next_step());
  d.step();
  d.handlers->end_first(End::TRY_AGAIN, "exit status 2");
  d.step();
  const std::string lines = log.stop();
  BOOST_TEST(
      lines.find("warning: attempt 1 of source default did not succeed") != std::string::npos,
      lines);
  BOOST_TEST(lines.find("error: a transaction of source default has FAILED with attempt 2: exit "
                        "status 2") != std::string::npos,
             lines);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
