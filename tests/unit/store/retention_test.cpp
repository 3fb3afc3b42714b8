#include "store/retention.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/store/engines.h"

namespace payhook::test {

namespace {

using enum IntakeResult;
using Results = std::vector<IntakeResult>;

const Act k_act{"ada", "they are old", moment(7'000)};

template <typename Engine>
struct Retaining : Sessions<Engine> {
  std::unique_ptr<Retention> retention = this->engine.store().open_retention();
  std::unique_ptr<TransactionBrowser> browser = this->engine.store().open_browser();
  std::unique_ptr<Operations> operations = this->engine.store().open_operations();

  /// Stores one of each status, all of which came at moment(0): "done", "failed", "waits".
  void store_one_of_each() {
    this->store({{.id = "failed", .body = "f"}});
    end_all(GiveUp{"no account"});
    this->store({{.id = "done", .body = "d"}});
    end_all(Completed{});
    this->store({{.id = "waits", .body = "w"}});
  }

  void end_all(const AttemptEnd& ending) {
    for (const auto& each : claim(*this->queue, moment(0), moment(500), 100)) {
      finish(*this->queue, each.claim, ending, moment(10), "said\n");
    }
  }

  void empty_all(Timestamp before, Timestamp now = moment(1'000)) {
    while (retention->empty_webhooks(before, now, patience())) {
    }
  }

  /// The bodies of these, each followed by a blank.
  std::string bodies(const std::vector<std::string>& ids) {
    std::string bodies;
    for (const std::string& id : ids) {
      bodies += browser->webhook(browser->find("default", id).value().number).body + ' ';
    }
    return bodies;
  }

  std::vector<FinishedTransaction> finished(const FinishedFilter& filter) {
    std::vector<FinishedTransaction> all;
    std::optional<std::int64_t> next;
    do {
      FinishedPage page = retention->finished(filter, next);
      std::move(page.transactions.begin(), page.transactions.end(), std::back_inserter(all));
      next = page.next;
    } while (next);
    return all;
  }

  std::vector<FinishedState> states(const FinishedFilter& filter) {
    std::vector<FinishedState> states;
    for (const FinishedTransaction& one : finished(filter)) {
      states.push_back(
          {one.row.number, one.row.stored.status, one.row.stored.processed_at.value()});
    }
    return states;
  }

  /// Returns how many were.
  std::size_t prune(std::span<const FinishedState> states, const Act* act = nullptr) {
    std::size_t pruned = 0;
    while (!states.empty()) {
      const PruneResult result = retention->prune(states, act, patience());
      pruned += result.pruned;
      states = states.subspan(result.seen_to);
    }
    return pruned;
  }

  std::size_t prune(const FinishedFilter& filter) { return prune(states(filter)); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(what_is_kept_for_how_long)

BOOST_AUTO_TEST_CASE_TEMPLATE(webhooks_of_what_was_processed_are_emptied_and_no_others, Engine,
                              Engines) {
  Retaining<Engine> s;
  s.store_one_of_each();
  s.store({{.id = "young", .body = "y", .received_at = moment(5)}});
  process_due(*s.queue, moment(5));  // "waits" too
  s.store({{.id = "waits", .body = "w"}, {.id = "last", .body = "l", .received_at = moment(1)}});
  s.empty_all(moment(5));
  BOOST_TEST(s.bodies({"failed", "done", "waits", "young", "last"}) == "f   y l ");
  const auto done = s.reader->find("default", "done").value();
  BOOST_TEST(done.transaction.amount().decimal() == "500.0");
  BOOST_TEST(attempts_of(s.engine.store(), "done").at(0).output == "said\n");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_not_over_is_emptied_once_it_is, Engine, Engines) {
  Retaining<Engine> s;
  s.store_one_of_each();
  s.empty_all(moment(1));
  BOOST_TEST(s.bodies({"failed", "done", "waits"}) == "f  w ");
  process_due(*s.queue, moment(20));
  s.operations->requeue("default", "failed", k_act, patience());
  s.empty_all(moment(1));
  BOOST_TEST(s.bodies({"failed", "done", "waits"}) == "f   ");
  process_due(*s.queue, k_act.at);
  s.empty_all(moment(0));
  BOOST_TEST(s.bodies({"failed"}) == "f ", "not before its time");
  s.empty_all(moment(1));
  BOOST_TEST(s.bodies({"failed"}) == " ");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_from_the_future_waits_for_its_time_and_delays_no_other, Engine,
                              Engines) {
  Retaining<Engine> s;
  s.store(
      {{.id = "future", .body = "f", .received_at = moment(5'000)}, {.id = "old", .body = "o"}});
  process_due(*s.queue, moment(5'000));
  s.empty_all(moment(1), moment(10));
  BOOST_TEST(s.bodies({"future", "old"}) == "f  ");
  s.empty_all(moment(5'001), moment(6'000));
  BOOST_TEST(s.bodies({"future", "old"}) == "  ");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(more_than_one_step_can_take_are_emptied, Engine, Engines) {
  Retaining<Engine> s;
  std::vector<Webhook> webhooks;
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.push_back(std::to_string(i));
    webhooks.push_back({.id = ids.back()});
  }
  s.store(webhooks);
  s.empty_all(moment(1));
  BOOST_TEST(s.bodies({"0", "999"}) == "{} {} ");
  process_due(*s.queue, moment(0));
  s.empty_all(moment(1));
  BOOST_TEST(s.bodies(ids) == std::string(1000, ' '));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_over_is_told_with_all_there_is, Engine, Engines) {
  Retaining<Engine> s;
  s.store_one_of_each();
  const auto failed = s.finished({"FAILED", moment(1)});
  BOOST_REQUIRE(failed.size() == 1U);
  BOOST_TEST(failed[0].row.stored.transaction.transaction_id() == "failed");
  BOOST_TEST(failed[0].row.stored.last_error.value() == "no account");
  BOOST_TEST((failed[0].row.stored.processed_at == moment(10)));
  BOOST_TEST(failed[0].row.source == "default");
  BOOST_TEST(failed[0].row.remote_address == "192.0.2.1");
  BOOST_TEST(failed[0].webhook.body == "f");
  BOOST_REQUIRE(failed[0].attempts.size() == 1U);
  BOOST_TEST(failed[0].attempts[0].output == "said\n");
  BOOST_TEST(s.finished({"PROCESSED", moment(1)}).size() == 1U);
  BOOST_TEST(s.finished({"PROCESSED", moment(0)}).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_cancelled_is_not_over_while_its_handler_runs, Engine,
                              Engines) {
  Retaining<Engine> s;
  s.store({{}});
  const auto claimed = claim(*s.queue, moment(0), moment(500), 1);
  s.operations->cancel("default", "txn_1", k_act, patience());
  BOOST_TEST(s.finished({"FAILED", moment(1)}).empty());
  const FinishedState seen{claimed[0].claim.transaction, "FAILED", k_act.at};
  BOOST_TEST(s.prune({&seen, 1}) == 0U);
  finish(*s.queue, claimed[0].claim, Completed{}, moment(9));
  BOOST_TEST(s.prune({"FAILED", moment(1)}) == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_id_that_was_pruned_is_known_when_it_comes_again, Engine, Engines) {
  Retaining<Engine> s;
  s.store_one_of_each();
  const std::int64_t number = s.browser->find("default", "done")->number;
  BOOST_TEST(s.prune({"PROCESSED", moment(1)}) == 1U);
  BOOST_TEST(s.status_of("done") == "none");
  BOOST_TEST(!s.browser->find("default", "done"));
  BOOST_TEST(s.browser->was_pruned("default", "done"));
  BOOST_TEST(!s.browser->was_pruned("other", "done"));
  BOOST_TEST(!s.browser->was_pruned("default", "failed"));
  BOOST_TEST(s.browser->attempts(number, std::nullopt, 1).empty());
  BOOST_TEST((s.store({{.id = "done"}}) == Results{DUPLICATE}));
  const Webhook others[] = {
      {.id = "done", .source_account = "x"},
      {.id = "done", .destination_account = "x"},
      {.id = "done", .amount = "501"},
      {.id = "done", .amount = "500", .currency = "EUR"},
      {.id = "done", .source_account = "acc_1a", .destination_account = "cc_2"}};
  for (const Webhook& other : others) {
    BOOST_TEST((s.store({other}) == Results{CONFLICT}));
  }
  BOOST_TEST(
      (s.store({{.source = "other", .id = "done"}, {.id = "done2"}}) == Results{CREATED, CREATED}));
  BOOST_TEST(s.status_of("done") == "none");
  BOOST_TEST(s.status_of("failed") == "FAILED 10");
  BOOST_TEST(s.status_of("waits") == "PROCESSING");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(another_session_and_a_new_one_know_what_was_pruned, Engine, Engines) {
  Retaining<Engine> s;
  s.store({{.id = "a"}, {.id = "b"}});
  const auto other = s.engine.store().open_intake();
  process_due(*s.queue, moment(0));
  BOOST_TEST(s.prune({"PROCESSED", moment(1)}) == 2U);
  const auto fresh = s.engine.store().open_intake();
  for (WebhookIntake* const intake : {other.get(), s.intake.get(), fresh.get()}) {
    BOOST_TEST((store_all(*intake, {{.id = "a"}, {.id = "b", .amount = "7"}}) ==
                Results{DUPLICATE, CONFLICT}));
  }
  BOOST_TEST((store_all(*fresh, {{.id = "c"}}) == Results{CREATED}));
  BOOST_TEST((store_all(*other, {{.id = "c"}, {.id = "d"}}) == Results{DUPLICATE, CREATED}));
  BOOST_TEST(s.status_of("c") == "PROCESSING");
  BOOST_TEST(s.status_of("d") == "PROCESSING");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_changed_after_it_was_seen_is_not_pruned, Engine, Engines) {
  Retaining<Engine> s;
  s.store({{.id = "a"}, {.id = "b"}, {.id = "c"}});
  process_due(*s.queue, moment(0));
  const auto seen = s.states({"PROCESSED", moment(1)});
  s.operations->replay("default", "b", k_act, patience());
  s.operations->replay("default", "c", k_act, patience());
  BOOST_TEST(process_due(*s.queue, k_act.at, 1) == 1U);  // "b"
  BOOST_TEST(s.prune(seen) == 1U);
  BOOST_TEST(s.status_of("a") == "none");
  BOOST_TEST(s.status_of("b") == "PROCESSED 7000");
  BOOST_TEST(s.status_of("c") == "PROCESSING");
  BOOST_TEST(s.prune(seen) == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(many_are_pruned_in_several_steps, Engine, Engines) {
  Retaining<Engine> s;
  std::vector<Webhook> webhooks;
  for (int i = 0; i < 3000; ++i) {
    webhooks.push_back({.id = std::to_string(i)});
  }
  s.store(webhooks);
  process_due(*s.queue, moment(0), 2999);
  const auto seen = s.states({"PROCESSED", moment(1)});
  BOOST_TEST(seen.size() == 2999U);
  BOOST_TEST(s.prune(seen, &k_act) == 2999U);
  BOOST_TEST(s.status_of("2999") == "PROCESSING");
  BOOST_TEST((s.store({webhooks[0], webhooks[2998], webhooks[2999]}) ==
              Results{DUPLICATE, DUPLICATE, DUPLICATE}));
  BOOST_TEST(s.browser->list({}, std::nullopt, 10).transactions.size() == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(those_of_an_account_go_on_when_one_of_it_is_pruned, Engine, Engines) {
  Retaining<Engine> s;
  const auto claim_next = [&s] {
    return claim(*s.queue, moment(0), moment(500), 1, "default", ClaimOrder::BY_ACCOUNT);
  };
  s.store({{.id = "first", .keeps_order = true},
           {.id = "second", .keeps_order = true},
           {.id = "third", .keeps_order = true}});
  finish(*s.queue, claim_next().at(0).claim, Completed{}, moment(0));
  BOOST_TEST(s.prune({"PROCESSED", moment(1)}) == 1U);
  const auto second = claim_next();
  BOOST_REQUIRE(second.size() == 1U);
  BOOST_TEST(second[0].transaction.transaction_id() == "second");
  BOOST_TEST(claim_next().empty());
  finish(*s.queue, second[0].claim, GiveUp{"no account"}, moment(0));
  BOOST_TEST(s.prune({"FAILED", moment(1)}) == 1U);
  BOOST_TEST(claim_next().at(0).transaction.transaction_id() == "third");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
