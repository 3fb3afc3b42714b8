// What the processor hands to handlers, and what becomes of it when something dies.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

namespace {

using std::chrono::seconds;

constexpr auto k_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

std::string exec_handler(const std::string& script, const std::string& more = "") {
  return fmt::format(
      "[handler]\ntype = \"exec\"\ncommand = [\"/bin/sh\", \"-c\", '''{}''']\n"
      "first_retry_seconds = 1\nlongest_retry_seconds = 1\n{}\n",
      script, more);
}

/// A stack whose handler writes the id of each transaction that it gets into a file.
struct Handled {
  explicit Handled(const std::string& more_script = "", const std::string& more = "")
      : stack({.delay = seconds{0},
               .toml = exec_handler(fmt::format("echo $PAYHOOK_TRANSACTION_ID >> {}; {}",
                                                file().string(), more_script),
                                    more)}) {}

  std::filesystem::path file() const { return directory.path() / "handled"; }

  std::vector<std::string> ids() const {
    std::vector<std::string> lines;
    std::ifstream input(file());
    for (std::string line; std::getline(input, line);) {
      lines.push_back(line);
    }
    return lines;
  }

  void post(const std::string& id) {
    BOOST_TEST(stack.client().post_json(k_webhooks, webhook(id)).status == 202);
  }

  std::string status_of(const std::string& id) {
    return Database(stack.database())
        .text("SELECT status FROM transactions WHERE transaction_id = '" + id + "'");
  }

  bool becomes(const std::string& id, const std::string& status) {
    return eventually([&] { return status_of(id) == status; });
  }

  TemporaryDirectory directory;
  TestedStack stack;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_program_gets_each_transaction_and_its_failures_are_told) {
  Handled h("[ $PAYHOOK_TRANSACTION_ID = good ] || { echo no such account; exit 65; }");
  h.stack.start();
  h.post("good");
  h.post("bad");
  BOOST_TEST(h.becomes("good", "PROCESSED"));
  BOOST_TEST(h.becomes("bad", "FAILED"));
  const Response response = h.stack.client().get(path_of("bad"));
  BOOST_TEST(response.body.find(R"("status": "FAILED")") != std::string::npos, response.body);
  BOOST_TEST(response.body.ends_with(R"("attempts": 1, "last_error": "exit status 65"})"),
             response.body);
  BOOST_TEST(Database(h.stack.database())
                 .text("SELECT outcome || ' ' || CAST(output AS TEXT) FROM attempts "
                       "WHERE outcome <> 'PROCESSED'") == "FAILED no such account\n");
}

BOOST_AUTO_TEST_CASE(a_program_that_may_operate_has_a_failed_one_handled_again) {
  const std::string token = "an-operator-s-token-of-all";
  Handled h("[ $PAYHOOK_ATTEMPT = 2 ] || { echo no ledger; exit 65; }",
            "[operating]\ntokens = [\"./operator-token\"]");
  const auto file = h.stack.directory() / "operator-token";
  std::ofstream(file) << token << '\n';
  std::filesystem::permissions(file, std::filesystem::perms(0640));
  h.stack.start();
  h.post("t");
  BOOST_TEST(h.becomes("t", "FAILED"));
  HttpClient client = h.stack.client();
  const auto act = [&client](const std::string& path, const std::vector<Header>& more) {
    std::vector<Header> headers{{"Content-Type", "application/json"}};
    headers.insert(headers.end(), more.begin(), more.end());
    return client.request("POST", path_of("t") + path, headers, R"({"reason": "it is back"})");
  };
  BOOST_TEST(act("/requeue", {}).status == 401);
  const Response requeued = act("/requeue", {bearing(token)});
  BOOST_TEST(requeued.status == 200, requeued.body);
  BOOST_TEST(h.becomes("t", "PROCESSED"));
  BOOST_TEST(act("/cancel", {bearing(token)}).status == 409);
  const Response attempts =
      client.request("GET", path_of("t") + "/attempts?limit=1&cursor=2", {bearing(token)});
  BOOST_TEST(attempts.body.ends_with(R"("outcome": "FAILED", "reason": "exit status 65", )"
                                     R"("output": "no ledger\u000a"}], "next": null})"),
             attempts.body);
  BOOST_TEST(Database(h.stack.database())
                 .text("SELECT operation || ', ' || who || ', ' || why FROM operations") ==
             "requeue, token operator-token, it is back");
  BOOST_TEST(h.stack.log_of("payhook-fcgi").find(token) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(wherever_it_is_killed_each_transaction_is_handled) {
  for (const std::string point : {"before a commit", "after a commit", "before a handler starts",
                                  "after a handler has started"}) {
    BOOST_TEST_CONTEXT(point) {
      Handled h;
      h.stack.start();
      h.stack.daemon().kill();
      for (const std::string id : {"a", "b", "c"}) {
        h.post(id);
      }
      CommandLine dying = h.stack.daemon_command();
      dying.environment.push_back("PAYHOOK_DIE_AT=" + point);
      for (int times = 0; times < 3; ++times) {
        Program daemon(dying, h.directory.path() / "out", h.directory.path() / "err");
        BOOST_TEST((daemon.wait() == -SIGKILL));
      }
      h.stack.start_daemon();
      for (const std::string id : {"a", "b", "c"}) {
        BOOST_TEST(h.becomes(id, "PROCESSED"));
      }
      const auto ids = h.ids();
      for (const std::string id : {"a", "b", "c"}) {
        BOOST_TEST(std::count(ids.begin(), ids.end(), id) >= 1);
      }
      // Every attempt that has begun is on record, however it ended.
      BOOST_TEST(Database(h.stack.database()).number("SELECT count(*) FROM attempts") >=
                 static_cast<std::int64_t>(ids.size()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_stop_ends_what_hangs_and_a_restart_tries_it_again_at_once) {
  Handled h("sleep 1000", "max_attempts = 1\n[processor]\nstop_grace_seconds = 1");
  h.stack.start();
  h.post("slow");
  BOOST_TEST(eventually([&] { return !h.ids().empty(); }));
  h.stack.daemon().signal(SIGTERM);
  BOOST_TEST((h.stack.daemon().wait() == 0));
  BOOST_TEST(Database(h.stack.database()).text("SELECT outcome FROM attempts") == "INTERRUPTED");
  BOOST_TEST(h.status_of("slow") == "PROCESSING");
  h.stack.start_daemon();
  BOOST_TEST(eventually([&] { return h.ids().size() == 2; }), "one attempt is still left");
}

BOOST_AUTO_TEST_CASE(of_two_processors_one_hands_out_and_the_other_takes_over_when_it_is_killed) {
  Handled h;
  h.stack.start();
  h.post("first");
  BOOST_TEST(h.becomes("first", "PROCESSED"));
  Program second(h.stack.daemon_command(), h.directory.path() / "out", h.directory.path() / "err");
  BOOST_TEST(eventually([&] {
    return contents(h.directory.path() / "err").find("another payhookd hands out") !=
           std::string::npos;
  }));
  h.post("second");
  BOOST_TEST(h.becomes("second", "PROCESSED"));
  h.stack.daemon().kill();
  h.post("third");
  BOOST_TEST(h.becomes("third", "PROCESSED"));
  BOOST_TEST(h.ids().size() == 3U);
}

BOOST_AUTO_TEST_CASE(no_program_goes_on_without_the_processor) {
  Handled h("exec sleep 1000");
  h.stack.start();
  h.post("slow");
  BOOST_TEST(eventually([&] { return h.ids().size() == 1; }));
  const std::string pid =
      Outcome(run({.arguments = {"/usr/bin/pgrep", "-P", std::to_string(h.stack.daemon().pid())},
                   .environment = environment()}))
          .output;
  BOOST_TEST(pid != "");
  ::kill(h.stack.daemon().pid(), SIGKILL);
  BOOST_TEST(eventually([&] {
    const std::string stat = contents("/proc/" + pid.substr(0, pid.find('\n')) + "/stat");
    return stat.empty() || stat.find(") Z ") != stat.npos;
  }));
}

BOOST_AUTO_TEST_CASE(a_receiver_that_cannot_prove_who_it_is_gets_nothing) {
  const TemporaryDirectory directory;
  const auto in = [&directory](const char* name) { return (directory.path() / name).string(); };
  std::ofstream(in("secret")) << k_secret;
  std::filesystem::permissions(in("secret"), std::filesystem::perms(0600));
  const auto openssl = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "/usr/bin/openssl");
    return CommandLine{.arguments = std::move(arguments), .environment = environment()};
  };
  BOOST_TEST((run(openssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", in("key"),
                           "-out", in("certificate"), "-subj", "/CN=localhost", "-addext",
                           "subjectAltName=DNS:localhost"}))
                  .status == 0));
  const std::string port = std::to_string(free_port());
  const Program receiver(openssl({"s_server", "-accept", port, "-cert", in("certificate"), "-key",
                                  in("key"), "-www", "-quiet"}),
                         in("out"), in("err"));
  TestedStack stack({.delay = seconds{0},
                     .toml = fmt::format("[handler]\ntype = \"http\"\n"
                                         "url = \"https://localhost:{}\"\nsecrets = [\"{}\"]\n"
                                         "first_retry_seconds = 1\nlongest_retry_seconds = 1\n",
                                         port, in("secret"))});
  stack.start();
  BOOST_TEST(stack.client().post_json(k_webhooks, webhook("t")).status == 202);
  BOOST_TEST(eventually([&] {
    return stack.client()
               .get(path_of("t"))
               .body.find("SSL peer certificate or SSH remote key was not OK") != std::string::npos;
  }));
}

BOOST_AUTO_TEST_CASE(of_ten_thousand_one_in_a_hundred_fails_and_delays_no_other) {
  const TemporaryDirectory directory;
  const std::uint16_t port = free_port();
  const auto file = directory.path() / "secret";
  std::ofstream(file) << k_secret;
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  Program receiver(
      {.arguments = {"/usr/bin/env", "node", PAYHOOK_SOURCE_DIR "/tests/senders/receiver.mjs",
                     std::to_string(port), k_secret},
       .environment = environment()},
      directory.path() / "out", directory.path() / "err");
  BOOST_TEST(eventually([&] { return contents(directory.path() / "err") == "ready\n"; }));
  TestedStack stack(
      {.toml = fmt::format("[handler]\ntype = \"http\"\nurl = \"http://127.0.0.1:{}\"\n"
                           "secrets = [\"{}\"]\nfirst_retry_seconds = 3600\n",
                           port, file.string())});
  stack.start();
  stack.daemon().kill();
  insert_backlog(stack.database(), 10'000);
  stack.start_daemon();
  const auto count = [&stack](const std::string& where) {
    return Database(stack.database()).number("SELECT count(*) FROM transactions WHERE " + where);
  };
  BOOST_TEST(eventually([&] { return count("status = 'PROCESSED'") == 9900; }, seconds{100}));
  BOOST_TEST(eventually([&] { return count("last_error = 'HTTP status 500'") == 100; }));
  BOOST_TEST(count("attempts = 1") == 10'000);
  receiver.signal(SIGTERM);
  BOOST_TEST((receiver.wait() == 0));
  BOOST_TEST(contents(directory.path() / "out") ==
             "{\"forged\":0,\"transactions\":10000,\"twice\":0}\n");
}

}  // namespace payhook::test
