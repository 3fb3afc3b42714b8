#include "store/operations.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/store/engines.h"

namespace payhook::test {

namespace {

Act act(std::int64_t milliseconds) { return {"ada", "the ledger was down", moment(milliseconds)}; }

template <typename Engine>
struct Operating : Sessions<Engine> {
  std::unique_ptr<Operations> operations = this->engine.store().open_operations();

  /// Claims all that is due and ends it so.
  void end_all(const AttemptEnd& ending, std::int64_t at, const std::string& output = "") {
    for (const auto& each : claim(*this->queue, moment(at), moment(at + 500), 100)) {
      finish(*this->queue, each.claim, ending, moment(at + 10), output);
    }
  }

  std::int64_t attempts_that_count(std::int64_t at) {
    return claim(*this->queue, moment(at), moment(at + 500), 1).at(0).attempts_that_count;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(what_operators_do)

BOOST_AUTO_TEST_CASE_TEMPLATE(every_attempt_is_told, Engine, Engines) {
  Operating<Engine> s;
  s.store({{}});
  s.end_all(TryAgain{moment(100), "exit status 1"}, 0, "no route\n");
  s.end_all(Completed{}, 100, "done\n");
  const auto attempts = attempts_of(s.engine.store(), "txn_1");
  BOOST_REQUIRE(attempts.size() == 2U);
  BOOST_TEST(attempts[0].number == 1);
  BOOST_TEST((attempts[0].started_at == moment(0)));
  BOOST_TEST((attempts[0].ended_at == moment(10)));
  BOOST_TEST(attempts[0].outcome == "RETRY");
  BOOST_TEST(attempts[0].reason == "exit status 1");
  BOOST_TEST(attempts[0].output == "no route\n");
  BOOST_TEST(attempts[1].outcome == "PROCESSED");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_attempt_that_runs_or_was_left_has_no_end, Engine, Engines) {
  Operating<Engine> s;
  s.store({{}});
  claim(*s.queue, moment(0), moment(500), 1);
  const auto attempts = attempts_of(s.engine.store(), "txn_1");
  BOOST_REQUIRE(attempts.size() == 1U);
  BOOST_TEST(!attempts[0].ended_at);
  BOOST_TEST(attempts[0].outcome == "");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_reader_sees_attempts_and_the_last_error, Engine, Engines) {
  Operating<Engine> s;
  s.store({{}});
  s.end_all(TryAgain{moment(100), "exit status 1"}, 0);
  auto found = s.reader->find("default", "txn_1").value();
  BOOST_TEST(found.attempts == 1);
  BOOST_TEST(found.last_error.value() == "exit status 1");
  s.end_all(Completed{}, 100);
  found = s.reader->find("default", "txn_1").value();
  BOOST_TEST(found.attempts == 2);
  BOOST_TEST(!found.last_error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_has_failed_can_be_tried_again_from_the_beginning, Engine,
                              Engines) {
  Operating<Engine> s;
  s.store({{}});
  s.end_all(GiveUp{"no account"}, 0);
  BOOST_TEST(s.status_of("txn_1") == "FAILED 10");
  BOOST_TEST((s.operations->requeue("default", "txn_1", act(50), patience()) == ActResult::DONE));
  BOOST_TEST(s.status_of("txn_1") == "PROCESSING");
  BOOST_TEST(s.attempts_that_count(50) == 1);
  BOOST_TEST(attempts_of(s.engine.store(), "txn_1").size() == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_processed_can_be_processed_again, Engine, Engines) {
  Operating<Engine> s;
  s.store({{}});
  process_due(*s.queue, moment(0));
  BOOST_TEST((s.operations->replay("default", "txn_1", act(50), patience()) == ActResult::DONE));
  BOOST_TEST(s.status_of("txn_1") == "PROCESSING");
  BOOST_TEST(process_due(*s.queue, moment(49)) == 0U);
  BOOST_TEST(process_due(*s.queue, moment(50)) == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_waits_can_be_cancelled_and_what_runs_too, Engine, Engines) {
  Operating<Engine> s;
  s.store({{.id = "runs"}, {.id = "waits"}});
  const auto claimed = claim(*s.queue, moment(0), moment(500), 1);
  BOOST_TEST((s.operations->cancel("default", "waits", act(5), patience()) == ActResult::DONE));
  BOOST_TEST((s.operations->cancel("default", "runs", act(5), patience()) == ActResult::DONE));
  finish(*s.queue, claimed[0].claim, Completed{}, moment(9));
  BOOST_TEST(s.status_of("waits") == "FAILED 5");
  BOOST_TEST(s.status_of("runs") == "FAILED 5");
  BOOST_TEST(s.reader->find("default", "runs")->last_error.value() ==
             "cancelled: the ledger was down");
  BOOST_TEST(attempts_of(s.engine.store(), "runs").at(0).outcome == "PROCESSED",
             "what it did is told");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_still_runs_cannot_be_put_back, Engine, Engines) {
  Operating<Engine> s;
  s.store({{}});
  const auto claimed = claim(*s.queue, moment(0), moment(500), 1);
  s.operations->cancel("default", "txn_1", act(5), patience());
  const auto requeue = [&s] {
    return s.operations->requeue("default", "txn_1", act(6), patience());
  };
  BOOST_TEST((requeue() == ActResult::RUNNING));
  BOOST_TEST(s.operations->requeue_failed({}, 10, act(6), patience()) == 0U);
  finish(*s.queue, claimed[0].claim, Completed{}, moment(9));
  BOOST_TEST((requeue() == ActResult::DONE));
  BOOST_TEST(s.attempts_that_count(6) == 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_cancelled_while_it_ran_can_be_put_back_after_a_crash, Engine,
                              Engines) {
  Operating<Engine> s;
  s.store({{}});
  claim(*s.queue, moment(0), moment(500), 1);
  s.operations->cancel("default", "txn_1", act(5), patience());
  s.queue.reset();
  const auto next = s.engine.store().open_processing_queue();
  BOOST_TEST(next->take_over(moment(6), patience()).value().empty());
  BOOST_TEST((s.operations->requeue("default", "txn_1", act(7), patience()) == ActResult::DONE));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_act_is_for_one_status, Engine, Engines) {
  using Do = ActResult (Operations::*)(std::string_view, std::string_view, const Act&, Deadline);
  const std::pair<Do, std::string> acts[] = {{&Operations::requeue, "failed"},
                                             {&Operations::cancel, "waits"},
                                             {&Operations::replay, "done"}};
  for (const auto& [perform, fits] : acts) {
    Operating<Engine> s;
    s.store({{.id = "failed"}});
    s.end_all(GiveUp{"no account"}, 0);
    s.store({{.id = "done"}});
    process_due(*s.queue, moment(0));
    s.store({{.id = "waits"}});
    for (const std::string id : {"failed", "done", "waits"}) {
      const ActResult result = (*s.operations.*perform)("default", id, act(5), patience());
      BOOST_TEST((result == (id == fits ? ActResult::DONE : ActResult::WRONG_STATUS)), id);
    }
    const ActResult none = (*s.operations.*perform)("default", "none", act(5), patience());
    BOOST_TEST((none == ActResult::NOT_FOUND));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(all_that_failed_are_put_back_by_source_and_time, Engine, Engines) {
  const auto put_back = [](const FailedFilter& filter, std::size_t limit = 100) {
    Operating<Engine> s;
    for (int i = 0; i < 4; ++i) {
      const std::string source = i < 3 ? "default" : "other";
      s.store({{.source = source, .id = std::to_string(i)}});
      for (const auto& each : claim(*s.queue, moment(0), moment(500), 10, source)) {
        finish(*s.queue, each.claim, GiveUp{"no account"}, moment(100 * i));
      }
    }
    s.operations->requeue_failed(filter, limit, act(1000), patience());
    std::string ids;
    for (int i = 0; i < 4; ++i) {
      const std::string id = std::to_string(i);
      ids += s.status_of(id, i < 3 ? "default" : "other") == "PROCESSING" ? id : "";
    }
    return ids;
  };
  BOOST_TEST(put_back({}) == "0123");
  BOOST_TEST(put_back({}, 2) == "01");
  BOOST_TEST(put_back({.source = "other"}) == "3");
  BOOST_TEST(put_back({.source = "none"}) == "");
  BOOST_TEST(put_back({.since = moment(100), .before = moment(200)}) == "1");
  BOOST_TEST(put_back({.source = "default", .since = moment(101)}) == "2");
  BOOST_TEST(put_back({.before = moment(5000)}) == "0123");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_fails_again_meanwhile_is_not_put_back_without_end, Engine,
                              Engines) {
  Operating<Engine> s;
  s.store({{}});
  s.end_all(GiveUp{"no account"}, 0);
  BOOST_TEST(s.operations->requeue_failed({}, 1, act(50), patience()) == 1U);
  s.end_all(GiveUp{"no account"}, 50);
  BOOST_TEST(s.operations->requeue_failed({}, 1, act(50), patience()) == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_last_backup_is_told, Engine, Engines) {
  Operating<Engine> s;
  s.operations->record(WholeStoreAct::BACKUP, {"ada", "/backups/1", moment(1)}, patience());
  s.operations->record(WholeStoreAct::BACKUP, {"bob", "/backups/2", moment(2)}, patience());
  s.operations->record(WholeStoreAct::RESTORE, {"ada", "/backups/1", moment(3)}, patience());
  const auto statistics = s.engine.store().open_statistics();
  BOOST_TEST((statistics->state(moment(4)).last_backup_at == moment(2)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(while_it_is_paused_nothing_begins, Engine, Engines) {
  Operating<Engine> s;
  s.store({{.id = "a"}, {.id = "b"}});
  const auto claimed = claim(*s.queue, moment(0), moment(500), 1);
  BOOST_TEST(s.operations->pause(act(1), patience()));
  BOOST_TEST(!s.operations->pause(act(2), patience()));
  BOOST_TEST(s.queue->state().is_paused);
  finish(*s.queue, claimed[0].claim, Completed{}, moment(2));
  BOOST_TEST(s.status_of("a") == "PROCESSED 2", "what has begun comes to its end");
  BOOST_TEST(claim(*s.queue, moment(3), moment(500), 1).empty());
  BOOST_TEST(process_due(*s.queue, moment(3)) == 0U);
  BOOST_TEST(s.operations->resume(act(4), patience()));
  BOOST_TEST(!s.operations->resume(act(4), patience()));
  BOOST_TEST(!s.queue->state().is_paused);
  BOOST_TEST(process_due(*s.queue, moment(4)) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
