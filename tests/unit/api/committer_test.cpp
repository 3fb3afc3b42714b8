#include "api/committer.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <future>

#include "api/responses.h"
#include "core/log.h"
#include "tests/support/captured_output.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/fake_store.h"

namespace payhook::test {

namespace {

using Fault = FakeStore::Fault;
using Ids = std::vector<std::string>;

constexpr Committer::Limits k_limits{};
constexpr std::chrono::milliseconds k_an_hour{3'600'000};

IncomingWebhook webhook(const std::string& id, std::size_t body_bytes = 100) {
  return {"default", StatedPayment{transaction(id), {}}, std::string(body_bytes, 'x'), "192.0.2.1",
          Timestamp{}};
}

IncomingWebhook conflicting_webhook(const std::string& id, const std::string& amount = "500") {
  Transaction transaction(id, "another", "acc_merchant_001", Amount::parse(amount, {"INR", 2}),
                          "INR");
  return {"default", StatedPayment{std::move(transaction), {}}, "", "192.0.2.1", Timestamp{}};
}

/// A committer on a store that blocks, so that what is submitted meanwhile queues up.
struct Committing {
  explicit Committing(Committer::Limits limits = k_limits,
                      ConflictAnswer conflicting_duplicate = ConflictAnswer::ACCEPT)
      : answers(std::make_shared<const IntakeAnswers>(Source{}, conflicting_duplicate,
                                                      metrics.of("default"))),
        committer(std::make_unique<Committer>(store.open_intake(),
                                              store.open_upkeep(FakeStore::Keeper::STANDING_IN),
                                              limits, metrics, [this](const StoreBroken& e) {
                                                ++broken;
                                                exit_status = e.exit_status();
                                              })) {}

  ~Committing() { store.release(); }

  bool submit(IncomingWebhook incoming) {
    FakeExchange& exchange = exchanges.emplace_back();
    exchange.request().id = "request-of-" + name_of(incoming);
    return committer->submit({&incoming, 1}, exchange, answers);
  }

  bool submit(const std::string& id) { return submit(webhook(id)); }

  /// Submits one whose commit waits until store.release().
  void submit_and_block(const std::string& id) {
    store.block();
    BOOST_REQUIRE(submit(id));
    store.wait_until_blocked();
  }

  int status(std::size_t place) { return exchanges[place].wait().status; }

  FakeStore store;
  std::atomic<int> broken = 0;
  std::atomic<int> exit_status = 0;
  std::deque<FakeExchange> exchanges;
  ResponderMetrics metrics;
  const std::shared_ptr<const IntakeAnswers> answers;
  std::unique_ptr<Committer> committer;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(committer)

BOOST_AUTO_TEST_CASE(a_webhook_is_answered_once_it_is_stored) {
  Committing c;
  c.submit_and_block("a");
  BOOST_TEST(!c.exchanges[0].is_answered());
  c.store.release();
  const HttpResponse response = c.exchanges[0].wait();
  BOOST_TEST(response.status == 202);
  BOOST_TEST(response.body == R"({"message": "Webhook received"})");
  BOOST_TEST(response.headers.empty());
  BOOST_TEST(c.store.rows().size() == 1);
}

BOOST_AUTO_TEST_CASE(whether_it_stores_is_tried_where_nobody_has_found_out_lately) {
  const auto ask = [](Committer& committer) {
    std::promise<bool> told;
    committer.ask_whether_it_stores([&told](bool stores) { told.set_value(stores); });
    return told.get_future().get();
  };
  Committing known({.between_proofs = k_an_hour});
  known.store.fail(Fault::UNAVAILABLE);
  BOOST_TEST(ask(*known.committer), "it was tried at the start");
  BOOST_TEST(known.store.proofs() == 1);
  BOOST_TEST(known.submit("a"));
  BOOST_TEST(known.status(0) == 503);
  BOOST_TEST(!ask(*known.committer), "a webhook has tried it since");

  Committing unknown({.between_proofs = {}});
  BOOST_TEST(ask(*unknown.committer));
  unknown.store.fail(Fault::UNAVAILABLE);
  BOOST_TEST(!ask(*unknown.committer));
  unknown.store.fail(Fault::NONE);
  BOOST_TEST(ask(*unknown.committer));
  BOOST_TEST(unknown.store.proofs() == 3);
}

BOOST_AUTO_TEST_CASE(while_very_many_wait_to_be_told_it_does_not_seem_to_store) {
  Committing c({.between_proofs = {}});
  c.submit_and_block("a");
  std::atomic<int> told = 0;
  for (int i = 0; i < 16; ++i) {
    c.committer->ask_whether_it_stores([&told](bool stores) { told += stores ? 1 : 100; });
  }
  bool stores = true;
  c.committer->ask_whether_it_stores([&stores](bool answer) { stores = answer; });
  BOOST_TEST(!stores);
  BOOST_TEST(told == 0);
  c.store.release();
  BOOST_TEST(c.status(0) == 202);
  c.committer.reset();
  BOOST_TEST(told == 16);
}

BOOST_AUTO_TEST_CASE(all_that_came_during_a_commit_is_stored_in_the_next_in_its_order) {
  Committing c;
  c.submit_and_block("first");
  for (const char* id : {"a", "b", "c", "a", "d"}) {
    BOOST_TEST(c.submit(id));
  }
  c.store.release();
  for (std::size_t i = 0; i < c.exchanges.size(); ++i) {
    BOOST_TEST(c.status(i) == 202);
  }
  BOOST_TEST((c.store.batches() == std::vector<Ids>{{"first"}, {"a", "b", "c", "a", "d"}}));
  BOOST_TEST(c.store.rows().size() == 5);
}

BOOST_AUTO_TEST_CASE(each_webhook_of_a_batch_gets_its_own_answer) {
  Committing c(k_limits, ConflictAnswer::REJECT);
  c.submit_and_block("first");
  BOOST_TEST(c.submit("a"));
  BOOST_TEST(c.submit(conflicting_webhook("first")));
  BOOST_TEST(c.submit("a"));
  BOOST_TEST(c.submit(conflicting_webhook("a")));
  c.store.release();
  for (const auto& [place, status] :
       {std::pair{1, 202}, std::pair{2, 409}, std::pair{3, 202}, std::pair{4, 409}}) {
    BOOST_TEST(c.status(static_cast<std::size_t>(place)) == status, place);
  }
  BOOST_TEST(c.exchanges[2].wait().body == R"({"message": "Conflicting duplicate"})");
  BOOST_TEST(c.store.conflicts() == 2);
}

BOOST_AUTO_TEST_CASE(a_request_with_several_webhooks_gets_one_answer_of_all_their_results) {
  Committing c(k_limits, ConflictAnswer::REJECT);
  c.submit_and_block("first");
  std::vector<IncomingWebhook> webhooks = {webhook("a"), webhook("b"),
                                           conflicting_webhook("first")};
  FakeExchange& exchange = c.exchanges.emplace_back();
  BOOST_TEST(c.committer->submit(webhooks, exchange, c.answers));
  BOOST_TEST(c.submit("after"));
  c.store.release();
  BOOST_TEST(exchange.wait().status == 409);
  BOOST_TEST(c.store.rows().size() == 4U);
  BOOST_TEST(c.status(2) == 202);
  BOOST_TEST(c.store.batches().back().size() == 4U);
}

BOOST_AUTO_TEST_CASE(one_that_goes_to_the_quarantine_is_acknowledged_and_logged) {
  Committing c;
  CapturedOutput log(2);
  BOOST_TEST(c.submit({"acme", Unreadable{"Invalid JSON"}, "x", "", Timestamp{}, "", true}));
  BOOST_TEST(c.status(0) == 202);
  const std::string lines = log.stop();
  BOOST_TEST(lines.find("source acme: an authentic webhook became no transaction, and the table "
                        "quarantine has it: Invalid JSON") != std::string::npos,
             lines);
}

BOOST_AUTO_TEST_CASE(webhooks_of_a_request_that_fails_are_answered_once) {
  Committing c;
  std::vector<IncomingWebhook> webhooks = {webhook("a"), webhook("b")};
  c.store.fail(Fault::UNAVAILABLE);
  BOOST_TEST(c.committer->submit(webhooks, c.exchanges.emplace_back(), c.answers));
  BOOST_TEST(c.status(0) == 503);
}

BOOST_AUTO_TEST_CASE(what_was_stored_without_anybody_knowing_is_a_duplicate_when_it_comes_again) {
  Committing c;
  BOOST_TEST(c.submit("first"));
  BOOST_TEST(c.status(0) == 202);
  c.store.fail(Fault::OUTCOME_UNKNOWN);
  BOOST_TEST(c.submit("a"));
  BOOST_TEST(c.status(1) == 503);
  c.store.fail(Fault::NONE);
  BOOST_TEST(c.broken == 0);
  BOOST_TEST(c.submit("a"));
  BOOST_TEST(c.status(2) == 202);
  BOOST_TEST(c.store.rows().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_conflict_is_accepted_unless_the_setting_says_otherwise_and_is_logged) {
  CapturedOutput log(2);
  Committing c;
  c.submit_and_block("a");
  BOOST_TEST(c.submit(conflicting_webhook("a")));
  c.store.release();
  const int status = c.status(1);
  const std::string lines = log.stop();
  BOOST_TEST(status == 202);
  BOOST_TEST(lines.find("warning") != std::string::npos, lines);
  BOOST_TEST(lines.find("came again with other values") != std::string::npos, lines);
  BOOST_TEST(lines.find("request-of-a") != std::string::npos, lines);
  // Accounts and amounts are never logged.
  BOOST_TEST(lines.find("another") == std::string::npos, lines);
  BOOST_TEST(lines.find("500") == std::string::npos, lines);
}

BOOST_AUTO_TEST_CASE(a_conflict_that_is_not_kept_is_refused_and_logged_whatever_the_setting) {
  for (const ConflictAnswer answer : {ConflictAnswer::ACCEPT, ConflictAnswer::REJECT}) {
    Committing c(k_limits, answer);
    c.submit_and_block("a");
    for (std::ptrdiff_t i = 1; i <= FakeStore::k_conflicts_per_id; ++i) {
      BOOST_TEST(c.submit(conflicting_webhook("a", std::to_string(i))));
    }
    c.store.release();
    const int kept = answer == ConflictAnswer::ACCEPT ? 202 : 409;
    BOOST_TEST(c.status(FakeStore::k_conflicts_per_id) == kept);
    log::write_last_counts();  // its limits begin anew
    CapturedOutput log(2);
    BOOST_TEST(c.submit(conflicting_webhook("a", "1000")));
    const HttpResponse not_kept = c.exchanges.back().wait();
    const std::string lines = log.stop();
    BOOST_TEST(not_kept.status == 409);
    BOOST_TEST(not_kept.body == R"({"message": "Conflicting duplicate"})");
    BOOST_TEST(lines.find("refused and not kept") != std::string::npos, lines);
    BOOST_TEST(lines.find("request-of-a") != std::string::npos, lines);
    BOOST_TEST(c.submit(conflicting_webhook("a", "1")), "which is kept");
    BOOST_TEST(c.exchanges.back().wait().status == kept);
  }
}

BOOST_AUTO_TEST_CASE(the_queue_takes_as_many_webhooks_as_its_limit_and_no_more) {
  Committing c({3, std::size_t{1} << 20, k_limits.patience});
  c.submit_and_block("first");
  BOOST_TEST(c.submit("a"));
  BOOST_TEST(c.submit("b"));
  BOOST_TEST(c.submit("c"));
  BOOST_TEST(!c.submit("d"));
  c.store.release();
  BOOST_TEST(c.status(3) == 202);
  BOOST_TEST(!c.exchanges[4].is_answered());
  BOOST_TEST(c.store.rows().size() == 4);
  BOOST_TEST(c.submit("d"));
  BOOST_TEST(c.status(5) == 202);
}

BOOST_AUTO_TEST_CASE(the_queue_takes_as_many_bytes_as_its_limit_and_no_more) {
  Committing c({100, 1000, k_limits.patience});
  c.submit_and_block("first");
  BOOST_TEST(c.submit(webhook("a", 400)));
  BOOST_TEST(!c.submit(webhook("b", 601)));
  BOOST_TEST(c.submit(webhook("c", 600)));
  BOOST_TEST(!c.submit(webhook("d", 1)));
  c.store.release();
  BOOST_TEST(c.status(3) == 202);
  BOOST_TEST(c.submit(webhook("d", 1000)));
  BOOST_TEST(c.status(5) == 202);
}

BOOST_AUTO_TEST_CASE(what_a_request_holds_beside_its_body_counts_too) {
  Committing c({100, 1000, k_limits.patience});
  c.submit_and_block("first");
  const auto submit = [&c](std::size_t held_bytes) {
    FakeExchange& exchange = c.exchanges.emplace_back();
    exchange.request().held_bytes = held_bytes;
    IncomingWebhook incoming = webhook("a", 100);
    return c.committer->submit({&incoming, 1}, exchange, c.answers);
  };
  BOOST_TEST(!submit(901));
  BOOST_TEST(submit(400));
  BOOST_TEST(!submit(401));
  BOOST_TEST(submit(400));
}

BOOST_AUTO_TEST_CASE(a_store_that_is_unavailable_costs_its_batch_a_503_and_the_next_goes_well) {
  Committing c;
  c.submit_and_block("first");
  BOOST_TEST(c.submit("a"));
  BOOST_TEST(c.submit("b"));
  c.store.fail_times(Fault::UNAVAILABLE, 1);
  c.store.release();
  const HttpResponse response = c.exchanges[0].wait();
  BOOST_TEST(response.status == 503);
  BOOST_TEST(response.body == R"({"message": "Temporarily unavailable"})");
  BOOST_REQUIRE(response.headers.size() == 1);
  BOOST_TEST(response.headers[0].first == "Retry-After");
  BOOST_TEST(c.status(1) == 202);
  BOOST_TEST(c.status(2) == 202);
  BOOST_TEST(c.submit("first"));
  BOOST_TEST(c.status(3) == 202);
  BOOST_TEST(c.store.rows().size() == 3);
  BOOST_TEST(c.broken == 0);
}

BOOST_AUTO_TEST_CASE(a_webhook_that_the_store_refuses_gets_its_503_alone) {
  Committing c;
  c.store.refuse("bad");
  c.submit_and_block("first");
  BOOST_TEST(c.submit("bad"));
  BOOST_TEST(c.submit("good"));
  log::write_last_counts();  // its limits begin anew
  CapturedOutput log(2);
  c.store.release();
  const HttpResponse refused = c.exchanges[1].wait();
  BOOST_TEST(c.status(2) == 202);
  const std::string lines = log.stop();
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.body == R"({"message": "Temporarily unavailable"})");
  BOOST_REQUIRE(refused.headers.size() == 1);
  BOOST_TEST(refused.headers[0].first == "Retry-After");
  BOOST_TEST(lines.find("answered 503") != std::string::npos, lines);
  BOOST_TEST(lines.find("request-of-bad") != std::string::npos, lines);
  BOOST_TEST(c.broken == 0);
}

BOOST_AUTO_TEST_CASE(a_batch_that_failed_gets_503_as_a_whole) {
  Committing c;
  c.submit_and_block("first");
  BOOST_TEST(c.submit("a"));
  BOOST_TEST(c.submit("b"));
  c.store.fail(Fault::UNAVAILABLE);
  c.store.release();
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(c.status(i) == 503);
  }
  BOOST_TEST(c.store.rows().empty());
}

BOOST_AUTO_TEST_CASE(upkeep_is_done_after_each_batch_and_its_failure_is_nobodys_answer) {
  Committing c;
  c.store.fail_upkeep(Fault::UNAVAILABLE);
  c.submit_and_block("first");
  c.store.release();
  BOOST_TEST(c.status(0) == 202);
  c.submit_and_block("second");
  BOOST_TEST(c.store.upkeep_steps() == 1);
  c.store.release();
  BOOST_TEST(c.status(1) == 202);
  BOOST_TEST(c.broken == 0);
}

BOOST_AUTO_TEST_CASE(a_wait_for_the_turn_is_cut_into_slices_and_goes_on) {
  Committing c({10, 1000, k_an_hour});
  c.store.fail_times(Fault::TIMEOUT, 3);
  BOOST_TEST(c.submit("a"));
  BOOST_TEST(c.status(0) == 202);
  BOOST_TEST(c.store.batches().size() == 4);
  for (const auto patience : c.store.patiences()) {
    BOOST_TEST((patience <= std::chrono::milliseconds{250}));
  }
}

BOOST_AUTO_TEST_CASE(a_wait_for_the_turn_ends_with_the_patience) {
  Committing c({10, 1000, std::chrono::milliseconds{0}});
  c.store.fail(Fault::TIMEOUT);
  BOOST_TEST(c.submit("a"));
  BOOST_TEST(c.status(0) == 503);
  BOOST_TEST(c.store.batches().size() == 1);
  BOOST_TEST((c.store.patiences()[0] <= std::chrono::milliseconds{0}));
  BOOST_TEST(c.broken == 0);
}

BOOST_AUTO_TEST_CASE(the_patience_leaves_a_second_of_the_four_in_which_an_answer_is_promised) {
  // The last try and the upkeep before it: each waits for the turn, then for a stranger's lock.
  constexpr std::chrono::milliseconds k_turn{250};
  constexpr std::chrono::milliseconds k_stranger{250};
  constexpr std::chrono::milliseconds k_promised{4000};
  BOOST_TEST((k_limits.patience + 2 * (k_turn + k_stranger) <= k_promised));
}

BOOST_AUTO_TEST_CASE(time_spent_in_the_queue_counts_as_patience) {
  Committing c({10, 1000, std::chrono::milliseconds{0}});
  c.submit_and_block("first");
  BOOST_TEST(c.submit("a"));
  c.store.release();
  BOOST_TEST(c.status(1) == 202);
  BOOST_TEST((c.store.patiences()[1] <= std::chrono::milliseconds{0}));
}

BOOST_AUTO_TEST_CASE(a_broken_store_ends_it_and_is_told_once) {
  Committing c;
  c.submit_and_block("first");
  c.store.fail(Fault::BROKEN);
  c.store.release();
  BOOST_TEST(c.status(0) == 503);
  BOOST_TEST(!c.submit("a"));
  c.committer.reset();
  BOOST_TEST(c.broken == 1);
  BOOST_TEST(c.exit_status == FakeStore::k_broken_exit_status);
}

BOOST_AUTO_TEST_CASE(nothing_more_is_written_through_a_store_that_broke) {
  // A sync that failed may succeed the second time without what it lost the first time.
  Committing c;
  c.submit_and_block("first");
  BOOST_TEST(c.submit("a"));
  c.store.fail_times(Fault::BROKEN, 1);
  c.store.release();
  BOOST_TEST(c.status(0) == 503);
  BOOST_TEST(c.status(1) == 503);
  c.committer.reset();
  BOOST_TEST(c.store.batches().size() == 1);
  BOOST_TEST(c.store.upkeep_steps() == 0);
  BOOST_TEST(c.store.rows().empty());
}

BOOST_AUTO_TEST_CASE(a_store_that_breaks_during_upkeep_ends_it_too) {
  Committing c;
  c.store.fail_upkeep(Fault::BROKEN);
  c.submit_and_block("first");
  BOOST_TEST(c.submit("queued"));
  c.store.release();
  BOOST_TEST(c.status(0) == 202);
  BOOST_TEST(c.status(1) == 503);
  c.committer.reset();
  BOOST_TEST(c.broken == 1);
  BOOST_TEST(c.store.rows().size() == 1);
}

BOOST_AUTO_TEST_CASE(its_end_stores_and_answers_what_is_queued) {
  Committing c;
  c.submit_and_block("first");
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(c.submit(std::to_string(i)));
  }
  std::thread ending([&c] { c.committer.reset(); });
  c.store.release();
  ending.join();
  for (std::size_t i = 0; i <= 100; ++i) {
    BOOST_TEST(c.exchanges[i].is_answered());
    BOOST_TEST(c.status(i) == 202);
  }
  BOOST_TEST(c.store.rows().size() == 101);
}

BOOST_AUTO_TEST_CASE(its_end_gives_up_a_turn_that_does_not_come) {
  Committing c({10, 1000, k_an_hour});
  c.store.fail(Fault::TIMEOUT);
  BOOST_TEST(c.submit("a"));
  c.committer.reset();
  BOOST_TEST(c.exchanges[0].is_answered());
  BOOST_TEST(c.status(0) == 503);
}

BOOST_AUTO_TEST_CASE(an_idle_one_ends_without_a_call_of_the_store) {
  Committing c;
  c.committer.reset();
  BOOST_TEST(c.store.batches().empty());
}

BOOST_AUTO_TEST_CASE(fifty_at_once_with_the_same_id_are_all_accepted_and_make_one_row) {
  Committing c;
  std::deque<FakeExchange> exchanges(50);
  std::atomic<int> refused = 0;
  {
    std::vector<std::jthread> senders;
    for (FakeExchange& exchange : exchanges) {
      senders.emplace_back([&] {
        IncomingWebhook incoming = webhook("same");
        refused += c.committer->submit({&incoming, 1}, exchange, c.answers) ? 0 : 1;
      });
    }
  }
  BOOST_TEST(refused == 0);
  for (const FakeExchange& exchange : exchanges) {
    BOOST_TEST(exchange.wait().status == 202);
  }
  BOOST_TEST(c.store.rows().size() == 1);
  BOOST_TEST(c.store.conflicts() == 0);
}

BOOST_AUTO_TEST_CASE(whether_storing_works_is_tried_until_it_is_known) {
  Committing c({.between_proofs = std::chrono::milliseconds{1}});
  const auto proofs_become = [&c](int count) {
    while (c.store.proofs() < count) {
      std::this_thread::yield();
    }
  };
  proofs_become(1);
  CapturedOutput log(2);
  c.store.fail(Fault::UNAVAILABLE);
  BOOST_TEST(c.submit("a"));
  BOOST_TEST(c.status(0) == 503);
  proofs_become(c.store.proofs() + 3);
  c.store.fail(Fault::NONE);
  BOOST_TEST(c.submit("b"));
  BOOST_TEST(c.status(1) == 202);
  c.committer.reset();
  BOOST_TEST(c.store.rows().size() == 1);
}

BOOST_AUTO_TEST_CASE(an_upkeep_that_fails_is_an_error_unless_another_program_is_busy) {
  for (const auto& [fault, level] : {std::pair(Fault::UNAVAILABLE, "error: the disk is full"),
                                     std::pair(Fault::TIMEOUT, "warning: the turn")}) {
    CapturedOutput log(2);
    Committing c;
    c.store.fail_upkeep(fault);
    BOOST_TEST(c.submit("a"));
    const int status = c.status(0);
    c.committer.reset();
    const std::string lines = log.stop();
    BOOST_TEST(status == 202);
    BOOST_TEST(lines.find(level) != std::string::npos, lines);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
