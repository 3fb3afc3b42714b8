#include "daemon/handlers/handler_loop.h"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <csignal>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "daemon/handlers/delivery_text.h"
#include "tests/support/http_receiver.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/daemon/handlers/deliveries.h"

namespace payhook::test {

namespace {

using std::chrono::seconds;
using End = AttemptResult::End;

/// One that nobody has waited for is none.
bool is_running(int pid) {
  std::string stat;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/stat"), stat);
  return !stat.empty() && stat.find(") Z ") == stat.npos;
}

/// A signal takes a moment.
void wait_for_end_of(int pid) {
  while (is_running(pid)) {
    std::this_thread::yield();
  }
}

struct Running {
  Running()
      : loop(
            clock, [this] { changed(); },
            [this](const ProgramError& e) {
              {
                const std::lock_guard lock(mutex);
                fatal = e.what();
              }
              changed();
            }) {}

  void changed() {
    const std::lock_guard lock(mutex);
    for (AttemptResult& result : loop.take_results()) {
      results.push_back(std::move(result));
    }
    has_changed.notify_all();
  }

  std::vector<AttemptResult> wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    const bool came = has_changed.wait_for(
        lock, seconds{60}, [&] { return results.size() >= count || !fatal.empty(); });
    BOOST_REQUIRE_MESSAGE(came && fatal.empty(), "no result came " << fatal);
    return std::exchange(results, {});
  }

  AttemptResult run(Delivery delivery) {
    loop.start({std::move(delivery)});
    return wait_for(1).at(0);
  }

  /// Of a shell script.
  AttemptResult run_script(const std::string& text, seconds timeout = seconds{60},
                           const std::string& body = "{}") {
    return run(script(text, timeout, body));
  }

  static Delivery script(const std::string& text, seconds timeout = seconds{60},
                         const std::string& body = "{}") {
    return delivery({.what = ExecHandler{{"/bin/sh", "-c", text}}, .timeout = timeout},
                    claimed("pi_1", body));
  }

  AttemptResult post(const HttpReceiver& receiver, const std::string& path = "/",
                     seconds timeout = seconds{60}, bool sends_webhook = false,
                     const std::string& body = "the body") {
    HttpHandler http;
    http.url = "http://127.0.0.1:" + std::to_string(receiver.port()) + path;
    http.signer.add_secret(k_secret);
    http.sends_webhook = sends_webhook;
    return run(delivery({.what = std::move(http), .timeout = timeout},
                        claimed("pi_1", body, "content-type: text/x")));
  }

  const decltype(SIG_DFL) before = std::signal(SIGPIPE, SIG_IGN);
  static constexpr auto k_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  const SystemClock clock;
  std::mutex mutex;
  std::condition_variable has_changed;
  std::vector<AttemptResult> results;
  std::string fatal;
  TemporaryDirectory directory;
  HandlerLoop loop;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(handler_loop)

BOOST_AUTO_TEST_CASE(a_programs_exit_status_says_how_it_went) {
  Running r;
  const std::tuple<std::string, End, std::string> table[] = {
      {"exit 0", End::DONE, ""},
      {"exit 75", End::TRY_AGAIN, "exit status 75"},
      {"exit 65", End::GIVE_UP, "exit status 65"},
      {"exit 1", End::TRY_AGAIN, "exit status 1"},
      {"kill -SEGV $$", End::TRY_AGAIN, "ended by signal 11 (SIGSEGV)"},
  };
  for (const auto& [text, end, reason] : table) {
    const AttemptResult result = r.run_script(text);
    BOOST_TEST((result.end == end), text);
    BOOST_TEST(result.reason == reason, text);
    BOOST_TEST(result.claim.transaction == 7);
    BOOST_TEST(result.claim.attempt == 3);
  }
}

BOOST_AUTO_TEST_CASE(what_a_program_says_is_kept_up_to_its_end) {
  Running r;
  BOOST_TEST(r.run_script("echo out; echo error >&2; exit 1").output == "out\nerror\n");
  const AttemptResult flood = r.run_script("yes | head -c 20000000; printf end; exit 1");
  BOOST_TEST(flood.output.size() == k_most_output_bytes);
  BOOST_TEST(flood.output.ends_with("y\nend"));
}

BOOST_AUTO_TEST_CASE(a_program_reads_the_delivery_whatever_its_size) {
  Running r;
  const std::string large(1'000'000, 'x');
  const AttemptResult result = r.run_script("wc -c", seconds{60}, large);
  BOOST_TEST(std::stoul(result.output) == delivery_json(claimed("pi_1", large)).size());
  BOOST_TEST((r.run_script("exit 0", seconds{60}, large).end == End::DONE), "nor need it read it");
  BOOST_TEST((r.run_script("exec <&-; sleep 0.1", seconds{60}, large).end == End::DONE));
}

BOOST_AUTO_TEST_CASE(a_program_has_the_transaction_in_its_environment_and_nothing_of_ours) {
  Running r;
  ::setenv("CREDENTIALS_DIRECTORY", "/secret", 1);
  const AttemptResult result = r.run_script("env | cut -d= -f1 | sort; pwd; umask");
  ::unsetenv("CREDENTIALS_DIRECTORY");
  std::set<std::string> lines;
  std::istringstream output(result.output);
  for (std::string line; std::getline(output, line);) {
    lines.insert(line);
  }
  BOOST_TEST(lines.count("PAYHOOK_TRANSACTION_ID") == 1U);
  BOOST_TEST(lines.count("PATH") == 1U);
  BOOST_TEST(lines.count("CREDENTIALS_DIRECTORY") == 0U, result.output);
  BOOST_TEST(lines.count("HOME") == 0U);
  BOOST_TEST(lines.count("/") == 1U);
}

BOOST_AUTO_TEST_CASE(a_program_has_no_descriptor_but_its_own_three) {
  Running r;
  HttpReceiver silent([](const std::string&) { return std::nullopt; });
  HttpHandler http;
  http.url = "http://127.0.0.1:" + std::to_string(silent.port());
  http.signer.add_secret(Running::k_secret);
  r.loop.start({delivery({.what = http})});
  silent.wait_for_requests(1);
  BOOST_TEST(r.run_script("echo /proc/$$/fd/*; cut -f 3 /proc/self/stat -d ' ' > /dev/null")
                 .output.find("/fd/4") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(arguments_are_literal) {
  Running r;
  const AttemptResult result = r.run(
      delivery({.what = ExecHandler{{"/usr/bin/printf", "%s|", "$PATH", "a b", "*", "; exit 3"}}}));
  BOOST_TEST(result.output == "$PATH|a b|*|; exit 3|");
}

BOOST_AUTO_TEST_CASE(a_program_that_cannot_be_started_is_a_failed_attempt) {
  Running r;
  const AttemptResult missing = r.run(delivery({.what = ExecHandler{{"/nowhere/ledger"}}}));
  BOOST_TEST((missing.end == End::TRY_AGAIN));
  BOOST_TEST(missing.reason == "cannot start /nowhere/ledger: No such file or directory");
  const std::string plain = (r.directory.path() / "plain").string();
  std::ofstream(plain) << "x";
  const AttemptResult no_program = r.run(delivery({.what = ExecHandler{{plain}}}));
  BOOST_TEST(no_program.reason == "cannot start " + plain + ": Permission denied");
}

BOOST_AUTO_TEST_CASE(a_program_that_does_not_end_is_ended_with_all_that_it_has_started) {
  Running r;
  const AttemptResult hangs = r.run_script("sleep 1000 & sleep 1000", seconds{1});
  BOOST_TEST((hangs.end == End::TRY_AGAIN));
  BOOST_TEST(hangs.reason == "it did not end within 1 s");
  const AttemptResult deaf = r.run_script("trap '' TERM; while :; do sleep 0.1; done", seconds{1});
  BOOST_TEST(deaf.reason == "it did not end within 1 s");
  const AttemptResult late = r.run_script("trap 'exit 0' TERM; sleep 1000 & wait", seconds{1});
  BOOST_TEST((late.end == End::DONE), "it said so in the time that it had");
}

BOOST_AUTO_TEST_CASE(what_a_program_leaves_running_ends_with_it) {
  Running r;
  const AttemptResult result = r.run_script("sleep 1000 & echo $!; exec 1>&- 2>&-; exit 0");
  BOOST_TEST((result.end == End::DONE));
  wait_for_end_of(std::stoi(result.output));
}

BOOST_AUTO_TEST_CASE(a_program_that_closes_its_output_is_waited_for) {
  Running r;
  BOOST_TEST((r.run_script("exec 1>&- 2>&-; sleep 0.3; exit 65").end == End::GIVE_UP));
}

BOOST_AUTO_TEST_CASE(many_run_at_once) {
  Running r;
  // Each waits for all others.
  const std::string fifo = (r.directory.path() / "count").string();
  for (int i = 0; i < 40; ++i) {
    r.loop.start({Running::script("echo x >> " + fifo + "; until [ $(wc -l < " + fifo +
                                  ") -ge 40 ]; do sleep 0.05; done")});
  }
  for (const AttemptResult& result : r.wait_for(40)) {
    BOOST_TEST((result.end == End::DONE));
  }
}

BOOST_AUTO_TEST_CASE(all_can_be_interrupted) {
  Running r;
  HttpReceiver silent([](const std::string&) { return std::nullopt; });
  r.loop.start({Running::script("trap '' TERM; sleep 1000")});
  HttpHandler http;
  http.url = "http://127.0.0.1:" + std::to_string(silent.port());
  http.signer.add_secret(Running::k_secret);
  r.loop.start({delivery({.what = http})});
  silent.wait_for_requests(1);
  r.loop.interrupt();
  for (const AttemptResult& result : r.wait_for(2)) {
    BOOST_TEST((result.end == End::INTERRUPTED));
    BOOST_TEST(result.reason == "payhookd was stopped");
  }
}

BOOST_AUTO_TEST_CASE(what_runs_at_the_end_is_killed) {
  TemporaryDirectory directory;
  const std::string file = (directory.path() / "pid").string();
  {
    Running r;
    r.loop.start({Running::script("echo $$ > " + file + ".new; mv " + file + ".new " + file +
                                  "; sleep 1000")});
    while (!std::filesystem::exists(file)) {
      std::this_thread::yield();
    }
  }
  int pid = 0;
  std::ifstream(file) >> pid;
  wait_for_end_of(pid);
}

BOOST_AUTO_TEST_CASE(an_answer_says_how_a_post_went) {
  Running r;
  const std::tuple<std::string, End, std::string, std::optional<seconds>> table[] = {
      {"200 OK", End::DONE, "", {}},
      {"204 No Content", End::DONE, "", {}},
      {"302 Found\r\nLocation: /elsewhere", End::TRY_AGAIN, "HTTP status 302", {}},
      {"400 Bad Request", End::TRY_AGAIN, "HTTP status 400", {}},
      {"410 Gone", End::GIVE_UP, "HTTP status 410", {}},
      {"422 Unprocessable Content", End::GIVE_UP, "HTTP status 422", {}},
      {"429 Too Many Requests\r\nRetry-After: 77", End::TRY_AGAIN, "HTTP status 429", seconds{77}},
      {"503 Service Unavailable", End::TRY_AGAIN, "HTTP status 503", {}},
      {"503 Service Unavailable\r\nRetry-After: soon", End::TRY_AGAIN, "HTTP status 503", {}},
  };
  for (const auto& [status, end, reason, retry_after] : table) {
    HttpReceiver receiver([&status = status](const std::string&) {
      return "HTTP/1.1 " + status + "\r\nContent-Length: 4\r\n\r\nsaid";
    });
    const AttemptResult result = r.post(receiver);
    BOOST_TEST((result.end == end), status);
    BOOST_TEST(result.reason == reason, status);
    BOOST_TEST((result.retry_after == retry_after), status);
    BOOST_TEST(receiver.requests().size() == 1U, "no redirect is followed");
  }
}

BOOST_AUTO_TEST_CASE(a_webhook_that_is_kept_no_longer_cannot_be_sent) {
  Running r;
  HttpReceiver receiver([](const std::string&) { return HttpReceiver::ok(); });
  const AttemptResult result = r.post(receiver, "/", seconds{60}, true, "");
  BOOST_TEST((result.end == End::GIVE_UP));
  BOOST_TEST(result.reason == "its webhook is kept no longer");
  BOOST_TEST(receiver.requests().empty());
  BOOST_TEST((r.post(receiver, "/", seconds{60}, false, "").end == End::DONE));
}

BOOST_AUTO_TEST_CASE(a_post_is_signed_as_standard_webhooks_has_it) {
  Running r;
  HttpReceiver receiver([](const std::string&) { return HttpReceiver::ok(); });
  for (const bool sends_webhook : {false, true}) {
    BOOST_TEST((r.post(receiver, "/pay?a=b", seconds{60}, sends_webhook).end == End::DONE));
    const std::string request = receiver.requests().back();
    const auto header = [&request](const std::string& name) {
      const std::size_t begin = request.find("\r\n" + name + ": ") + name.size() + 4;
      return request.substr(begin, request.find("\r\n", begin) - begin);
    };
    const std::string body = request.substr(request.find("\r\n\r\n") + 4);
    BOOST_TEST(request.starts_with("POST /pay?a=b HTTP/1.1\r\n"));
    BOOST_TEST(header("content-type") == (sends_webhook ? "text/x" : "application/json"));
    BOOST_TEST(body == (sends_webhook ? "the body" : delivery_json(claimed("pi_1", "the body"))));
    BOOST_TEST(header("webhook-id") == idempotency_key("stripe", "pi_1"));
    BOOST_TEST(header("payhook-source") == "stripe");
    BOOST_TEST(header("payhook-attempt") == "3");
    WebhookSigner signer;
    signer.add_secret(Running::k_secret);
    BOOST_TEST(header("webhook-signature") ==
               signer.sign(header("webhook-id"), std::stol(header("webhook-timestamp")), body));
  }
}

BOOST_AUTO_TEST_CASE(a_receiver_that_does_not_answer_well_is_a_failed_attempt) {
  Running r;
  HttpReceiver silent([](const std::string&) { return std::nullopt; });
  BOOST_TEST(r.post(silent, "/", seconds{1}).reason == "Timeout was reached");
  HttpReceiver garbage([](const std::string&) { return "\x16\x03 garbage\r\n\r\n"; });
  BOOST_TEST((r.post(garbage).end == End::TRY_AGAIN));
  HttpReceiver cut(
      [](const std::string&) { return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"; });
  BOOST_TEST((r.post(cut).end == End::TRY_AGAIN));
  std::uint16_t closed = 0;
  {
    const HttpReceiver gone([](const std::string&) { return std::nullopt; });
    closed = gone.port();
  }
  HttpHandler http;
  http.url = "http://127.0.0.1:" + std::to_string(closed);
  http.signer.add_secret(Running::k_secret);
  BOOST_TEST(r.run(delivery({.what = http})).reason == "Couldn't connect to server");
}

BOOST_AUTO_TEST_CASE(an_endless_answer_is_read_to_a_bound) {
  Running r;
  HttpReceiver flood([](const std::string&) {
    return "HTTP/1.1 500 No\r\n\r\n" + std::string(10'000'000, 'x') + "end";
  });
  const AttemptResult result = r.post(flood);
  BOOST_TEST(result.reason == "HTTP status 500");
  BOOST_TEST(result.output.size() == k_most_output_bytes);
}

BOOST_AUTO_TEST_CASE(no_proxy_is_taken_from_the_environment) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  Running r;
  HttpReceiver receiver([](const std::string&) { return HttpReceiver::ok(); });
  BOOST_TEST((r.post(receiver).end == End::DONE));
  ::unsetenv("http_proxy");
}

BOOST_AUTO_TEST_CASE(a_proxy_that_is_set_is_used) {
  Running r;
  HttpReceiver proxy([](const std::string&) { return HttpReceiver::ok(); });
  HttpHandler http;
  http.url = "http://ledger.example/pay";
  http.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  http.signer.add_secret(Running::k_secret);
  BOOST_TEST((r.run(delivery({.what = http})).end == End::DONE));
  BOOST_TEST(proxy.requests().at(0).starts_with("POST http://ledger.example/pay HTTP/1.1\r\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
