#include "store/processing_queue.h"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <numeric>
#include <set>
#include <thread>

#include "tests/unit/store/engines.h"

namespace payhook::test {

namespace {

/// Rows that are due at 100, 200, … in another order.
const std::vector<Webhook> k_out_of_order = {{.id = "c", .received_at = moment(300)},
                                             {.id = "a", .received_at = moment(100)},
                                             {.id = "d", .received_at = moment(400)},
                                             {.id = "b", .received_at = moment(200)}};

std::vector<Webhook> numbered(std::size_t count) {
  std::vector<Webhook> webhooks;
  for (std::size_t i = 0; i < count; ++i) {
    webhooks.push_back({.id = std::to_string(i)});
  }
  return webhooks;
}

/// Calls `work` in four threads, each with a queue of its own.
template <typename Engine>
void in_four_threads(Engine& engine, const std::function<void(ProcessingQueue&, int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] { work(*engine.store().open_processing_queue(), i); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(what_a_queue_promises)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_millisecond_decides_whether_it_is_due, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{.id = "a", .received_at = moment(100)}, {.id = "b", .received_at = moment(101)}});
  BOOST_TEST(process_due(*s.queue, moment(99), 10) == 0U);
  BOOST_TEST(process_due(*s.queue, moment(100), 10) == 1U);
  BOOST_TEST(s.status_of("a") == "PROCESSED 100");
  BOOST_TEST(s.status_of("b") == "PROCESSING");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_earliest_come_first_whatever_order_they_were_stored_in, Engine,
                              Engines) {
  Sessions<Engine> s;
  s.store(k_out_of_order);
  for (const std::string processed : {"ab", "abc", "abcd"}) {
    BOOST_TEST(process_due(*s.queue, moment(1000), processed == "ab" ? 2 : 1) > 0U);
    for (const std::string id : {"a", "b", "c", "d"}) {
      BOOST_TEST((s.status_of(id) != "PROCESSING") == (processed.find(id) != std::string::npos));
    }
  }
  BOOST_TEST(process_due(*s.queue, moment(1000), 10) == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_limit_of_none_processes_none, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{}});
  BOOST_TEST(process_due(*s.queue, moment(0), 0) == 0U);
  BOOST_TEST(claim(*s.queue, moment(0), moment(1), 0).empty());
  BOOST_TEST(s.status_of("txn_1") == "PROCESSING");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_processed_stays_so_whatever_comes, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{}});
  process_due(*s.queue, moment(30'000), 10);
  s.store({{}, {.amount = "7"}});
  BOOST_TEST(process_due(*s.queue, moment(60'000), 10) == 0U);
  BOOST_TEST(claim(*s.queue, moment(60'000), moment(99'000), 10).empty());
  BOOST_TEST(s.status_of("txn_1") == "PROCESSED 30000");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_next_that_becomes_due_is_known, Engine, Engines) {
  Sessions<Engine> s;
  BOOST_TEST(!next_due_at(*s.queue).has_value());
  s.store(k_out_of_order);
  for (const int next : {100, 200, 300, 400}) {
    BOOST_TEST((next_due_at(*s.queue) == moment(next)));
    process_due(*s.queue, moment(next), 10);
  }
  BOOST_TEST(!next_due_at(*s.queue).has_value());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(those_that_are_due_are_counted_up_to_a_limit, Engine, Engines) {
  Sessions<Engine> s;
  s.store(k_out_of_order);
  BOOST_TEST(s.queue->count_due(moment(99), 100) == 0U);
  BOOST_TEST(s.queue->count_due(moment(300), 100) == 3U);
  BOOST_TEST(s.queue->count_due(moment(300), 2) == 2U);
  process_due(*s.queue, moment(200), 100);
  BOOST_TEST(s.queue->count_due(moment(300), 100) == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(several_queues_process_each_transaction_once, Engine, Engines) {
  Sessions<Engine> s;
  s.store(numbered(1000));
  std::vector<std::size_t> processed_by(4);
  in_four_threads(s.engine, [&](ProcessingQueue& queue, int thread) {
    while (const auto done = process_due(queue, moment(0), 7)) {
      processed_by[static_cast<std::size_t>(thread)] += done;
    }
  });
  BOOST_TEST(std::accumulate(processed_by.begin(), processed_by.end(), std::size_t{0}) == 1000U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_claim_brings_all_that_a_handler_needs, Engine, Engines) {
  Sessions<Engine> s;
  const Webhook webhook = {.source = "bank", .amount = "1500.50", .body = "{\"a\" : 1}"};
  IncomingWebhook incoming = webhook.incoming();
  incoming.headers = "content-type: application/json";
  s.intake->store({&incoming, 1}, patience());
  const auto claimed = claim(*s.queue, moment(5), moment(60'000), 10, "bank");
  BOOST_REQUIRE(claimed.size() == 1U);
  BOOST_TEST(claimed[0].claim.attempt == 1);
  BOOST_TEST(claimed[0].source == "bank");
  BOOST_TEST((claimed[0].transaction == webhook.transaction()));
  BOOST_TEST(claimed[0].attempts_that_count == 1);
  BOOST_TEST(claimed[0].body == "{\"a\" : 1}");
  BOOST_TEST(claimed[0].headers == "content-type: application/json");
  BOOST_TEST((claimed[0].created_at == moment(0)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_claimed_is_nobody_elses_until_the_lease_ends, Engine,
                              Engines) {
  Sessions<Engine> s;
  s.store({{}});
  claim(*s.queue, moment(0), moment(500), 10);
  BOOST_TEST(s.status_of("txn_1") == "PROCESSING");
  BOOST_TEST((next_due_at(*s.queue) == moment(500)));
  const auto other = s.engine.store().open_processing_queue();
  BOOST_TEST(claim(*other, moment(499), moment(900), 10).empty());
  BOOST_TEST(process_due(*other, moment(499), 10) == 0U);
  const auto again = claim(*other, moment(500), moment(900), 10);
  BOOST_REQUIRE(again.size() == 1U);
  BOOST_TEST(again[0].claim.attempt == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_claim_ends_as_it_is_reported, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{.id = "done"}, {.id = "later"}, {.id = "hopeless"}});
  std::vector<Outcome> outcomes;
  for (const auto& claimed : claim(*s.queue, moment(0), moment(500), 10)) {
    const std::string& id = claimed.transaction.transaction_id();
    Outcome& outcome = outcomes.emplace_back();
    outcome.claim = claimed.claim;
    if (id == "later") {
      outcome.what = TryAgain{moment(900), "no route to host"};
    } else if (id == "hopeless") {
      outcome.what = GiveUp{"no such account"};
    }
  }
  s.queue->finish_and_claim({.ended = outcomes}, moment(70), patience());
  BOOST_TEST(s.status_of("done") == "PROCESSED 70");
  BOOST_TEST(s.status_of("later") == "PROCESSING");
  BOOST_TEST(s.status_of("hopeless") == "FAILED 70");
  BOOST_TEST((next_due_at(*s.queue) == moment(900)));
  const auto again = claim(*s.queue, moment(900), moment(999), 10);
  BOOST_REQUIRE(again.size() == 1U);
  BOOST_TEST(again[0].transaction.transaction_id() == "later");
  BOOST_TEST(again[0].claim.attempt == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_claim_that_somebody_else_has_taken_over_cannot_be_ended, Engine,
                              Engines) {
  const std::vector<AttemptEnd> ends = {Completed{}, TryAgain{moment(9), "busy"},
                                        GiveUp{"hopeless"}, Interrupted{moment(9), "stopped"}};
  for (const auto& end : ends) {
    Sessions<Engine> s;
    s.store({{}});
    const auto first = claim(*s.queue, moment(0), moment(500), 1);
    const auto second = claim(*s.queue, moment(500), moment(900), 1);
    finish(*s.queue, first[0].claim, end, moment(600));
    BOOST_TEST(s.status_of("txn_1") == "PROCESSING");
    BOOST_TEST((next_due_at(*s.queue) == moment(900)));
    finish(*s.queue, second[0].claim, Completed{}, moment(700));
    BOOST_TEST(s.status_of("txn_1") == "PROCESSED 700");
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(reporting_twice_does_no_harm, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{}});
  const auto claimed = claim(*s.queue, moment(0), moment(500), 1);
  finish(*s.queue, claimed[0].claim, Completed{}, moment(70));
  finish(*s.queue, claimed[0].claim, GiveUp{"late"}, moment(80));
  BOOST_TEST(s.status_of("txn_1") == "PROCESSED 70");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(several_queues_claim_each_transaction_once, Engine, Engines) {
  Sessions<Engine> s;
  s.store(numbered(500));
  std::vector<std::vector<std::string>> claimed_by(4);
  in_four_threads(s.engine, [&](ProcessingQueue& queue, int thread) {
    for (;;) {
      const auto claimed = claim(queue, moment(0), moment(1), 7);
      if (claimed.empty()) {
        return;
      }
      for (const auto& each : claimed) {
        claimed_by[static_cast<std::size_t>(thread)].push_back(each.transaction.transaction_id());
      }
    }
  });
  std::size_t claims = 0;
  std::set<std::string> ids;
  for (const auto& mine : claimed_by) {
    claims += mine.size();
    ids.insert(mine.begin(), mine.end());
  }
  BOOST_TEST(claims == 500U);
  BOOST_TEST(ids.size() == 500U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(each_source_has_a_queue_of_its_own, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{.source = "a", .id = "1", .received_at = moment(200)},
           {.source = "a", .id = "2", .received_at = moment(100)},
           {.source = "b", .id = "1", .received_at = moment(300)}});
  const QueueState state = s.queue->state();
  BOOST_REQUIRE(state.sources.size() == 2U);
  BOOST_TEST(state.sources[0].source == "a");
  BOOST_TEST((state.sources[0].next_due_at == moment(100)));
  BOOST_TEST(state.sources[1].source == "b");
  BOOST_TEST((state.sources[1].next_due_at == moment(300)));
  BOOST_TEST(claim(*s.queue, moment(900), moment(999), 10, "b").size() == 1U);
  const std::vector<std::string> sources{"a", "b"};
  BOOST_TEST(s.queue->process_due(sources, moment(900), 1, patience()) == 1U);
  BOOST_TEST(s.queue->process_due(sources, moment(900), 10, patience()) == 1U);
  BOOST_TEST(s.status_of("1", "b") == "PROCESSING");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ending_renewing_and_claiming_are_one_step, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{.id = "a"}, {.id = "b"}, {.id = "c"}});
  const auto first = claim(*s.queue, moment(0), moment(500), 2);
  const Outcome ended{first[0].claim, Completed{}};
  const Renewal renewed{first[1].claim, moment(800)};
  const ClaimRequest wanted{"default", 10, moment(900)};
  const auto second = s.queue->finish_and_claim(
      {.ended = {&ended, 1}, .renewed = {&renewed, 1}, .wanted = {&wanted, 1}}, moment(600),
      patience());
  BOOST_REQUIRE(second.size() == 1U);
  BOOST_TEST(second[0].transaction.transaction_id() == "c");
  BOOST_TEST(s.status_of("a") == "PROCESSED 600");
  BOOST_TEST((next_due_at(*s.queue) == moment(800)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_interrupted_attempt_is_due_at_once_and_does_not_count, Engine,
                              Engines) {
  Sessions<Engine> s;
  s.store({{}});
  const auto first = claim(*s.queue, moment(0), moment(500), 1);
  finish(*s.queue, first[0].claim, Interrupted{moment(10), "payhookd was stopped"}, moment(10));
  const auto second = claim(*s.queue, moment(10), moment(500), 1);
  BOOST_REQUIRE(second.size() == 1U);
  BOOST_TEST(second[0].claim.attempt == 2);
  BOOST_TEST(second[0].attempts_that_count == 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_claim_that_never_began_does_not_count, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{}});
  claim(*s.queue, moment(0), moment(500), 1);
  const auto again = claim(*s.queue, moment(500), moment(900), 1);
  BOOST_TEST(again.at(0).claim.attempt == 2);
  BOOST_TEST(again.at(0).attempts_that_count == 1);
  BOOST_TEST(attempts_of(s.engine.store(), "txn_1").at(0).reason == "it never began");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_session_claims_and_the_next_finds_what_it_left, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{.id = "left"}, {.id = "ended"}, {.id = "waits"}});
  auto other = s.engine.store().open_processing_queue();
  BOOST_TEST(other->take_over(moment(0), patience()).value().empty());
  BOOST_TEST(other->take_over(moment(0), patience()).value().empty(), "again");
  const auto claimed = claim(*other, moment(0), moment(500), 2);
  finish(*other, claimed[1].claim, TryAgain{moment(900), "busy"}, moment(1));
  BOOST_TEST(!s.queue->take_over(moment(2), patience()).has_value());
  other.reset();
  const auto left = s.queue->take_over(moment(3), patience()).value();
  BOOST_REQUIRE(left.size() == 1U);
  BOOST_TEST(left[0].source == "default");
  BOOST_TEST(left[0].attempts_that_count == 1);
  finish(*s.queue, left[0].claim, TryAgain{moment(4), "payhookd ended"}, moment(3));
  BOOST_TEST(claim(*s.queue, moment(4), moment(500), 10).size() == 2U);
}

namespace {

/// The ids of those that are claimed.
template <typename Engine>
std::string in_order(Sessions<Engine>& s, Timestamp now,
                     std::vector<ClaimedTransaction>* all = {}) {
  std::string ids;
  for (auto& each : claim(*s.queue, now, now + std::chrono::milliseconds{500}, 10, "default",
                          ClaimOrder::BY_ACCOUNT)) {
    ids += each.transaction.transaction_id();
    if (all != nullptr) {
      all->push_back(std::move(each));
    }
  }
  return ids;
}

Webhook of_account(const std::string& account, const std::string& id, std::int64_t at = 0) {
  return {.id = id, .source_account = account, .received_at = moment(at), .keeps_order = true};
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(in_order_each_begins_after_the_end_of_the_one_before, Engine,
                              Engines) {
  const std::vector<AttemptEnd> ends = {Completed{}, GiveUp{"hopeless"}};
  for (const auto& end : ends) {
    Sessions<Engine> s;
    s.store({of_account("x", "1"), of_account("y", "2"), of_account("x", "3"), of_account("x", "4"),
             of_account("z", "5")});
    std::vector<ClaimedTransaction> claimed;
    BOOST_TEST(in_order(s, moment(10), &claimed) == "125");
    BOOST_TEST(in_order(s, moment(11)) == "");
    finish(*s.queue, claimed[0].claim, TryAgain{moment(200), "busy"}, moment(100));
    BOOST_TEST(in_order(s, moment(199)) == "", "while it waits, the others of its account do");
    BOOST_TEST(in_order(s, moment(200), &claimed) == "1");
    finish(*s.queue, claimed[3].claim, end, moment(210));
    BOOST_TEST((next_due_at(*s.queue) == moment(210)), "the next is due at once");
    BOOST_TEST(in_order(s, moment(210), &claimed) == "3");
    finish(*s.queue, claimed[4].claim, end, moment(220));
    BOOST_TEST(in_order(s, moment(220)) == "4");
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(in_order_nobody_waits_for_what_is_gone, Engine, Engines) {
  std::int64_t first = 0;
  const auto waiting = [&first](Sessions<Engine>& s) {
    s.store({of_account("x", "1"), of_account("x", "2"), of_account("x", "3")});
    std::vector<ClaimedTransaction> claimed;
    BOOST_TEST(in_order(s, moment(0), &claimed) == "1");
    first = claimed.at(0).claim.transaction;
    BOOST_TEST(in_order(s, moment(1)) == "");
  };
  {
    Sessions<Engine> s;
    waiting(s);
    s.engine.store().open_operations()->cancel("default", "1", {"me", "wrong", moment(5)},
                                               patience());
    BOOST_TEST(in_order(s, moment(5)) == "", "it was cancelled, but its handler runs");
    finish(*s.queue, {first, 1}, Completed{}, moment(6));
    BOOST_TEST(in_order(s, moment(6)) == "2");
  }
  {
    Sessions<Engine> s;
    waiting(s);
    BOOST_TEST(claim(*s.queue, moment(5), moment(900), 10).size() == 2U, "no order any more");
  }
  {
    Sessions<Engine> s;
    waiting(s);
    BOOST_TEST(process_due(*s.queue, moment(5)) == 2U, "no handler any more");
  }
  {
    Sessions<Engine> s;
    waiting(s);
    BOOST_TEST(s.queue->take_over(moment(5), patience()).value().size() == 1U);
    BOOST_TEST(in_order(s, moment(5)) == "", "another processor keeps the order");
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(in_order_it_is_the_arrival_that_counts, Engine, Engines) {
  Sessions<Engine> s;
  s.store({of_account("x", "1", 500), of_account("x", "2", 0)});
  BOOST_TEST(in_order(s, moment(100)) == "", "the first is not due yet, and the second waits");
  BOOST_TEST(in_order(s, moment(500)) == "1");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(in_order_what_has_waited_is_overtaken_by_none, Engine, Engines) {
  Sessions<Engine> s;
  s.store(
      {of_account("x", "1"), of_account("x", "2"), of_account("y", "3"), of_account("x", "4", 50)});
  std::vector<ClaimedTransaction> claimed;
  BOOST_TEST(in_order(s, moment(0), &claimed) == "13");
  finish(*s.queue, claimed[0].claim, Completed{}, moment(100));
  BOOST_TEST(in_order(s, moment(100)) == "2", "though 4 was due before it");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(in_order_what_is_put_back_waits_for_what_runs, Engine, Engines) {
  Sessions<Engine> s;
  const auto operations = s.engine.store().open_operations();
  s.store({of_account("x", "1"), of_account("x", "2")});
  std::vector<ClaimedTransaction> claimed;
  in_order(s, moment(0), &claimed);
  finish(*s.queue, claimed[0].claim, GiveUp{"hopeless"}, moment(10));
  BOOST_TEST(in_order(s, moment(10), &claimed) == "2");
  operations->requeue("default", "1", {"me", "again", moment(20)}, patience());
  BOOST_TEST(in_order(s, moment(20)) == "");
  finish(*s.queue, claimed[1].claim, Completed{}, moment(30));
  BOOST_TEST(in_order(s, moment(30)) == "1");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_stored_without_an_order_keeps_none, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{.id = "1"}, {.id = "2"}});
  BOOST_TEST(in_order(s, moment(0)) == "12");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(in_order_one_account_does_not_hold_up_the_others, Engine, Engines) {
  Sessions<Engine> s;
  std::vector<Webhook> webhooks;
  for (int i = 0; i < 600; ++i) {
    webhooks.push_back(of_account("x", "x" + std::to_string(i), i));
  }
  webhooks.push_back(of_account("y", "y", 600));
  s.store(webhooks);
  std::string claimed;
  for (int i = 0; i < 4; ++i) {
    claimed += in_order(s, moment(1000));
  }
  BOOST_TEST(claimed == "x0y");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
