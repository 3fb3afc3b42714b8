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
  BOOST_TEST(s.queue->process_due(moment(99), 10, patience()) == 0U);
  BOOST_TEST(s.queue->process_due(moment(100), 10, patience()) == 1U);
  BOOST_TEST(s.status_of("a") == "PROCESSED 100");
  BOOST_TEST(s.status_of("b") == "PROCESSING");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_earliest_come_first_whatever_order_they_were_stored_in, Engine,
                              Engines) {
  Sessions<Engine> s;
  s.store(k_out_of_order);
  for (const std::string processed : {"ab", "abc", "abcd"}) {
    BOOST_TEST(s.queue->process_due(moment(1000), processed == "ab" ? 2 : 1, patience()) > 0U);
    for (const std::string id : {"a", "b", "c", "d"}) {
      BOOST_TEST((s.status_of(id) != "PROCESSING") == (processed.find(id) != std::string::npos));
    }
  }
  BOOST_TEST(s.queue->process_due(moment(1000), 10, patience()) == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_limit_of_none_processes_none, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{}});
  BOOST_TEST(s.queue->process_due(moment(0), 0, patience()) == 0U);
  BOOST_TEST(s.queue->claim(moment(0), moment(1), 0, patience()).empty());
  BOOST_TEST(s.status_of("txn_1") == "PROCESSING");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_processed_stays_so_whatever_comes, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{}});
  s.queue->process_due(moment(30'000), 10, patience());
  s.store({{}, {.amount = "7"}});
  BOOST_TEST(s.queue->process_due(moment(60'000), 10, patience()) == 0U);
  BOOST_TEST(s.queue->claim(moment(60'000), moment(99'000), 10, patience()).empty());
  BOOST_TEST(s.status_of("txn_1") == "PROCESSED 30000");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_next_that_becomes_due_is_known, Engine, Engines) {
  Sessions<Engine> s;
  BOOST_TEST(!s.queue->next_due_at().has_value());
  s.store(k_out_of_order);
  for (const int next : {100, 200, 300, 400}) {
    BOOST_TEST((s.queue->next_due_at() == moment(next)));
    s.queue->process_due(moment(next), 10, patience());
  }
  BOOST_TEST(!s.queue->next_due_at().has_value());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(those_that_are_due_are_counted_up_to_a_limit, Engine, Engines) {
  Sessions<Engine> s;
  s.store(k_out_of_order);
  BOOST_TEST(s.queue->count_due(moment(99), 100) == 0U);
  BOOST_TEST(s.queue->count_due(moment(300), 100) == 3U);
  BOOST_TEST(s.queue->count_due(moment(300), 2) == 2U);
  s.queue->process_due(moment(200), 100, patience());
  BOOST_TEST(s.queue->count_due(moment(300), 100) == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(several_queues_process_each_transaction_once, Engine, Engines) {
  Sessions<Engine> s;
  s.store(numbered(1000));
  std::vector<std::size_t> processed_by(4);
  in_four_threads(s.engine, [&](ProcessingQueue& queue, int thread) {
    while (const auto done = queue.process_due(moment(0), 7, patience())) {
      processed_by[static_cast<std::size_t>(thread)] += done;
    }
  });
  BOOST_TEST(std::accumulate(processed_by.begin(), processed_by.end(), std::size_t{0}) == 1000U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_claim_brings_all_that_a_handler_needs, Engine, Engines) {
  Sessions<Engine> s;
  const Webhook webhook = {.source = "bank", .amount = "1500.50", .body = "{\"a\" : 1}"};
  s.store({webhook});
  const auto claimed = s.queue->claim(moment(5), moment(60'000), 10, patience());
  BOOST_REQUIRE(claimed.size() == 1U);
  BOOST_TEST(claimed[0].claim.attempt == 1);
  BOOST_TEST(claimed[0].source == "bank");
  BOOST_TEST((claimed[0].transaction == webhook.transaction()));
  BOOST_TEST(claimed[0].body == "{\"a\" : 1}");
  BOOST_TEST((claimed[0].created_at == moment(0)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_claimed_is_nobody_elses_until_the_lease_ends, Engine,
                              Engines) {
  Sessions<Engine> s;
  s.store({{}});
  s.queue->claim(moment(0), moment(500), 10, patience());
  BOOST_TEST(s.status_of("txn_1") == "PROCESSING");
  BOOST_TEST((s.queue->next_due_at() == moment(500)));
  const auto other = s.engine.store().open_processing_queue();
  BOOST_TEST(other->claim(moment(499), moment(900), 10, patience()).empty());
  BOOST_TEST(other->process_due(moment(499), 10, patience()) == 0U);
  const auto again = other->claim(moment(500), moment(900), 10, patience());
  BOOST_REQUIRE(again.size() == 1U);
  BOOST_TEST(again[0].claim.attempt == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_claim_ends_as_it_is_reported, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{.id = "done"}, {.id = "later"}, {.id = "hopeless"}});
  std::vector<Outcome> outcomes;
  for (const auto& claimed : s.queue->claim(moment(0), moment(500), 10, patience())) {
    const std::string& id = claimed.transaction.transaction_id();
    Outcome& outcome = outcomes.emplace_back();
    outcome.claim = claimed.claim;
    if (id == "later") {
      outcome.what = TryAgain{moment(900), "no route to host"};
    } else if (id == "hopeless") {
      outcome.what = GiveUp{"no such account"};
    }
  }
  BOOST_TEST(s.queue->finish(outcomes, moment(70), patience()) == 3U);
  BOOST_TEST(s.status_of("done") == "PROCESSED 70");
  BOOST_TEST(s.status_of("later") == "PROCESSING");
  BOOST_TEST(s.status_of("hopeless") == "FAILED 70");
  BOOST_TEST((s.queue->next_due_at() == moment(900)));
  const auto again = s.queue->claim(moment(900), moment(999), 10, patience());
  BOOST_REQUIRE(again.size() == 1U);
  BOOST_TEST(again[0].transaction.transaction_id() == "later");
  BOOST_TEST(again[0].claim.attempt == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_claim_that_somebody_else_has_taken_over_cannot_be_ended, Engine,
                              Engines) {
  const std::vector<std::variant<Completed, TryAgain, GiveUp>> ends = {
      Completed{}, TryAgain{moment(9), "busy"}, GiveUp{"hopeless"}};
  for (const auto& end : ends) {
    Sessions<Engine> s;
    s.store({{}});
    const auto first = s.queue->claim(moment(0), moment(500), 1, patience());
    const auto second = s.queue->claim(moment(500), moment(900), 1, patience());
    BOOST_TEST(!finish(*s.queue, first[0].claim, end, moment(600)));
    BOOST_TEST(s.status_of("txn_1") == "PROCESSING");
    BOOST_TEST((s.queue->next_due_at() == moment(900)));
    BOOST_TEST(finish(*s.queue, second[0].claim, Completed{}, moment(700)));
    BOOST_TEST(s.status_of("txn_1") == "PROCESSED 700");
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(reporting_twice_does_no_harm, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{}});
  const auto claimed = s.queue->claim(moment(0), moment(500), 1, patience());
  BOOST_TEST(finish(*s.queue, claimed[0].claim, Completed{}, moment(70)));
  BOOST_TEST(!finish(*s.queue, claimed[0].claim, Completed{}, moment(80)));
  BOOST_TEST(s.status_of("txn_1") == "PROCESSED 70");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(several_queues_claim_each_transaction_once, Engine, Engines) {
  Sessions<Engine> s;
  s.store(numbered(500));
  std::vector<std::vector<std::string>> claimed_by(4);
  in_four_threads(s.engine, [&](ProcessingQueue& queue, int thread) {
    for (;;) {
      const auto claimed = queue.claim(moment(0), moment(1), 7, patience());
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
