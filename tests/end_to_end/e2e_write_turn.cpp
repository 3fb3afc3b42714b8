// A program that stands still with the turn to write stops all writing, but nothing else: senders
// are told to come again, and nothing that was acknowledged is lost.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>

#include "tests/end_to_end/tested_stack.h"
#include "tests/end_to_end/webhook_load.h"

namespace payhook::test {

namespace {

/// Stops the daemon in the middle of a transaction or a checkpoint of its own. It must have much to
/// do.
bool stop_daemon_within_its_turn(Stack& stack) {
  return eventually([&stack] {
    if (!is_turn_held(stack.database())) {
      return false;
    }
    stack.daemon().signal(SIGSTOP);
    stack.daemon().wait_until_stopped();
    if (is_turn_held(stack.database())) {
      return true;
    }
    stack.daemon().signal(SIGCONT);
    return false;
  });
}

/// A stack whose daemon has been stopped within its turn, so early that much is left to do. With
/// one worker, so that what was sent first has come to the responder first.
struct StoodStill {
  TestedStack stack{{.delay = std::chrono::seconds{0}, .nginx_workers = 1}};

  StoodStill() {
    stack.start();
    BOOST_REQUIRE(stack.client().post_json(k_webhooks, webhook("before")).status == 202);
    for (Program* program : {&stack.daemon(), &stack.responder()}) {
      program->signal(SIGTERM);
      BOOST_REQUIRE(program->wait() == 0);
    }
    insert_backlog(stack.database(), 200'000);
    stack.start_responder();
    stack.wait_until_responder_ready();
    stack.start_daemon();
    stack.wait_until_daemon_ready();
    BOOST_REQUIRE(stop_daemon_within_its_turn(stack));
  }
};

void check_is_503(const Response& response) {
  BOOST_TEST(response.status == 503);
  BOOST_TEST(response.body == R"({"message": "Temporarily unavailable"})");
  BOOST_TEST(header(response, "Retry-After") != "");
  BOOST_TEST(header(response, "Content-Type") == "application/json");
  BOOST_TEST(header(response, "Cache-Control") == "no-store");
  BOOST_TEST(header(response, "X-Content-Type-Options") == "nosniff");
  BOOST_TEST(header(response, "X-Request-Id") != "");
}

/// Tells a program to end that has got as far as waiting for the turn.
void check_ends(const Stack& stack, const std::string& name, Program& program) {
  const auto has_opened_the_turn = [&] {
    std::error_code ignored;
    const std::string process = fmt::format("/proc/{}", program.pid());
    // Until then it has what this test has open.
    if (std::filesystem::read_symlink(process + "/exe", ignored) ==
        std::filesystem::read_symlink("/proc/self/exe")) {
      return false;
    }
    for (const auto& fd : std::filesystem::directory_iterator(process + "/fd", ignored)) {
      if (std::filesystem::read_symlink(fd, ignored) == turn_file_of(stack.database())) {
        return true;
      }
    }
    return false;
  };
  BOOST_REQUIRE(eventually(has_opened_the_turn));
  program.signal(SIGTERM);
  BOOST_TEST((program.wait() == 0));
  // It has not waited to be ready first.
  BOOST_TEST(stack.log_of(name).ends_with("stopped before it was ready\n"));
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(webhooks_are_answered_503_while_the_daemon_stands_still_with_the_turn,
                        StoodStill) {
  for (const auto* id : {"refused_1", "refused_2"}) {
    // Not nginx's 504, by which it ends its own patience.
    check_is_503(stack.client().post_json(k_webhooks, webhook(id)));
  }
  // Reading goes on meanwhile.
  BOOST_TEST(stack.client().get("/").status == 200);
  BOOST_TEST(stack.client().get(path_of("before")).status == 200);
  BOOST_TEST(stack.client().get(path_of("refused_1")).status == 404);
}

BOOST_FIXTURE_TEST_CASE(once_the_daemon_goes_on_so_does_everything, StoodStill) {
  check_is_503(stack.client().post_json(k_webhooks, webhook("again")));
  // These wait when the turn comes back: they are not refused for having waited.
  HttpClient waiting = stack.client();
  waiting.send(http_post(webhook("waiting")));
  BOOST_TEST(stack.client().get("/").status == 200);
  stack.daemon().signal(SIGCONT);
  BOOST_TEST(waiting.receive().status == 202);
  BOOST_TEST(stack.client().post_json(k_webhooks, webhook("again")).status == 202);
  const Database database(stack.database());
  BOOST_TEST(missing_from(database, {"before", "waiting", "again"}).empty());
  BOOST_TEST(eventually(
      [&] {
        return database.number("SELECT count(*) FROM transactions WHERE status <> 'PROCESSED'") ==
               0;
      },
      std::chrono::seconds{60}));
  BOOST_TEST(database.text("PRAGMA integrity_check") == "ok");
}

BOOST_FIXTURE_TEST_CASE(no_webhook_is_acknowledged_and_lost_when_the_stopped_daemon_is_killed,
                        StoodStill) {
  std::vector<std::string> ids;
  {
    WebhookLoad load(stack.port(), 16, 500, "through");
    BOOST_TEST(eventually([&] { return load.answers()[503] > 0; }));
    BOOST_TEST(load.acknowledged() == 0);
    stack.daemon().kill();
    BOOST_TEST(load.wait(std::chrono::seconds{60}));
    ids = load.acknowledged_ids();
  }
  const Database database(stack.database());
  BOOST_TEST(ids.size() == 500);
  BOOST_TEST(missing_from(database, ids).empty());
  BOOST_TEST(database.text("PRAGMA integrity_check") == "ok");
}

BOOST_FIXTURE_TEST_CASE(the_responder_ends_though_the_turn_is_held, StoodStill) {
  HttpClient waiting = stack.client();
  waiting.send(http_post(webhook("waiting")));
  BOOST_TEST(stack.client().get("/").status == 200);
  stack.responder().signal(SIGTERM);
  BOOST_TEST((stack.responder().wait() == 0));
  check_is_503(waiting.receive());
}

BOOST_AUTO_TEST_CASE(the_daemon_ends_though_the_turn_is_held) {
  TestedStack stack({.delay = std::chrono::seconds{0}});
  stack.start();
  const HeldTurn turn(stack.database());
  BOOST_REQUIRE(eventually([&] {
    return stack.log_of("payhookd").find("processing stands still") != std::string::npos;
  }));
  stack.daemon().signal(SIGTERM);
  BOOST_TEST((stack.daemon().wait() == 0));
}

BOOST_AUTO_TEST_CASE(programs_that_wait_for_the_turn_to_start_can_be_ended) {
  TestedStack stack;
  stack.start();
  stack.responder().kill();
  stack.daemon().kill();
  const HeldTurn turn(stack.database());
  stack.start_responder();
  check_ends(stack, "payhook-fcgi", stack.responder());
  stack.start_daemon();
  check_ends(stack, "payhookd", stack.daemon());
}

BOOST_AUTO_TEST_CASE(programs_that_get_no_turn_to_start_say_why_and_work_once_they_have_it) {
  TestedStack stack({.delay = std::chrono::seconds{0}});
  stack.start();
  stack.responder().kill();
  stack.daemon().kill();
  {
    const HeldTurn turn(stack.database());
    stack.start_responder();
    stack.start_daemon();
    BOOST_TEST(eventually([&] {
      return stack.log_of("payhookd").find("the turn to write did not come") != std::string::npos;
    }));
    stack.wait_until_healthy();
    check_is_503(stack.client().post_json(k_webhooks, webhook("refused")));
  }
  BOOST_TEST(eventually(
      [&] { return stack.client().post_json(k_webhooks, webhook("taken")).status == 202; }));
  const Database database(stack.database());
  BOOST_TEST(eventually([&] {
    return database.number("SELECT count(*) FROM transactions WHERE status = 'PROCESSED'") == 1;
  }));
}

}  // namespace payhook::test
