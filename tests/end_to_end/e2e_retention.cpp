// How long is kept what is over, and what is left of it, with the real programs.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>

#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

namespace {

constexpr std::string_view k_old =
    "UPDATE transactions SET created_at = '2020-01-01T00:00:00.000Z'";

/// What zcat writes of all the archives in a directory, and what it says of a torn one.
std::vector<std::string> lines_of(const std::filesystem::path& archive) {
  const std::string command = fmt::format("cd '{}' && zcat -- *.jsonl.gz 2>&1", archive.string());
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"),
                                                             ::pclose);
  std::vector<std::string> lines;
  char* line = nullptr;
  std::size_t size = 0;
  for (ssize_t length = 0; (length = ::getline(&line, &size, pipe.get())) > 0;) {
    lines.emplace_back(line, static_cast<std::size_t>(length));
  }
  std::free(line);
  return lines;
}

/// A stack with transactions that came long ago. Its processor is not started yet.
struct Retained {
  explicit Retained(const std::string& retention)
      : stack({.delay = std::chrono::seconds{0}, .toml = "[retention]\n" + retention}) {
    stack.start();
    for (const char* const id : {"a", "b", "c"}) {
      post(id, "1234567890123.45");
    }
    BOOST_TEST(eventually([this] { return count("status = 'PROCESSED'") == 3; }));
    stack.daemon().kill();
    stack.responder().kill();
    execute(stack.database(), std::string(k_old));
    // It stays PROCESSING, since nothing makes it due.
    execute(stack.database(),
            "UPDATE transactions SET status = 'PROCESSING', processed_at = NULL, "
            "due_at = 9000000000000 WHERE transaction_id = 'c'");
    stack.start_responder();
    stack.wait_until_healthy();
  }

  void post(const std::string& id, const std::string& amount) {
    BOOST_TEST(stack.client().post_json(k_webhooks, webhook(id, amount)).status == 202);
  }

  std::int64_t count(const std::string& which) const {
    return Database(stack.database()).number("SELECT count(*) FROM transactions WHERE " + which);
  }

  std::filesystem::path archive() const { return stack.directory() / "archive"; }

  /// Has payhookd do its work until it is killed at this point.
  void run_daemon_until_killed_at(const std::string& point) {
    CommandLine command = stack.daemon_command();
    command.environment.push_back("PAYHOOK_DIE_AT=" + point);
    Program daemon(command, stack.directory() / "out", stack.directory() / "err");
    BOOST_TEST((daemon.wait() == -SIGKILL), point);
  }

  void start_daemon() {
    stack.start_daemon();
    stack.wait_until_daemon_ready();
  }

  TestedStack stack;
};

}  // namespace

BOOST_AUTO_TEST_CASE(bodies_of_what_was_processed_are_emptied_and_their_transactions_stay) {
  Retained r("");
  r.start_daemon();
  BOOST_TEST(eventually([&r] { return r.count("length(body) = 0 AND headers = ''") == 2; }));
  BOOST_TEST(r.count("transaction_id = 'c' AND length(body) > 0") == 1);
  BOOST_TEST(r.stack.client().get(path_of("a")).status == 200);
  BOOST_TEST(!std::filesystem::exists(r.archive()));
}

BOOST_AUTO_TEST_CASE(what_is_pruned_is_archived_before_whenever_payhookd_is_killed) {
  Retained r("processed_days = 100");
  r.run_daemon_until_killed_at("archived");
  BOOST_TEST(r.count("TRUE") == 3, "it is archived, and not pruned yet");
  BOOST_TEST(lines_of(r.archive()).size() == 2U);
  r.run_daemon_until_killed_at("pruned some");
  BOOST_TEST(r.count("TRUE") == 1, "it is deleted for good");
  r.start_daemon();
  BOOST_TEST(r.count("transaction_id = 'c' AND status = 'PROCESSING'") == 1);
  const std::vector<std::string> lines = lines_of(r.archive());
  BOOST_TEST(lines.size() == 4U, "twice, since it was killed in between");
  BOOST_TEST(std::set(lines.begin(), lines.end()).size() == 2U);
  for (const std::string& line : lines) {
    BOOST_TEST(line.starts_with("{\"number\": "), line);
    BOOST_TEST(line.find("\"amount\": 1234567890123.45, ") != std::string::npos, line);
  }
}

BOOST_AUTO_TEST_CASE(an_id_that_was_pruned_makes_no_second_payment) {
  Retained r("processed_days = 100");
  r.start_daemon();
  BOOST_TEST(eventually([&r] { return r.count("TRUE") == 1; }));
  BOOST_TEST(r.stack.client().get(path_of("a")).status == 404);
  const auto post_all = [&r] {
    r.post("a", "1234567890123.45");
    r.post("b", "1");
    r.post("new", "1");
  };
  post_all();
  r.stack.responder().kill();
  r.stack.start_responder();
  r.stack.wait_until_healthy();
  post_all();
  BOOST_TEST(r.count("transaction_id IN ('a', 'b')") == 0);
  BOOST_TEST(r.count("transaction_id = 'new'") == 1);
  const Database database(r.stack.database());
  BOOST_TEST(database.texts("SELECT transaction_id || ' ' || amount FROM conflicts") ==
                 std::vector<std::string>{"b 1.0"},
             boost::test_tools::per_element());
  BOOST_TEST(
      database.number("SELECT count(*) FROM operations WHERE operation = 'prune' AND "
                      "who = 'payhookd' AND why LIKE 'processed_days = 100 (2 PROCESSED%'") == 1);
}

BOOST_AUTO_TEST_CASE(an_operator_prunes_beside_the_programs) {
  Retained r("bodies_days = 36600");
  r.start_daemon();
  const auto ctl = [&r](const std::vector<std::string>& arguments) {
    CommandLine command = r.stack.daemon_command();
    command.arguments.front() = PAYHOOKCTL;
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    return run(command);
  };
  const std::string directory = (r.stack.directory() / "elsewhere").string();
  BOOST_TEST(ctl({"prune", "--before", "2020-01-01", "--dry-run"}).output ==
             "would_be_pruned: 0\n");
  BOOST_TEST(ctl({"prune", "--before", "2020-01-02", "--dry-run"}).output ==
             "would_be_pruned: 2\n");
  BOOST_TEST(ctl({"prune", "--before", "2020-01-02"}).errors.find("say why") != std::string::npos);
  BOOST_TEST(r.count("TRUE") == 3);
  BOOST_TEST(
      ctl({"--json", "prune", "--before", "2020-01-02", "--archive", directory, "--why", "space"})
          .output == fmt::format("{{\"pruned\": 2, \"archive\": \"{}\"}}\n", directory));
  BOOST_TEST(r.count("TRUE") == 1);
  const std::vector<std::string> lines = lines_of(directory);
  BOOST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(lines[0].find("\\\"transaction_id\\\"") != std::string::npos, "its body is there");
  BOOST_TEST(Database(r.stack.database())
                 .number("SELECT count(*) FROM operations WHERE operation = 'prune' AND "
                         "why LIKE 'space (2 PROCESSED, archived in %'") == 1);
}

}  // namespace payhook::test
