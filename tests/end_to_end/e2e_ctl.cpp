// What an operator does with payhookctl while the programs run.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

namespace {

using std::chrono::seconds;

/// A stack whose handler succeeds once a file is there.
struct Operated {
  Operated()
      : stack(
            {.delay = seconds{0},
             .toml = fmt::format(
                 "[handler]\ntype = \"exec\"\n"
                 "command = [\"/bin/sh\", \"-c\", '[ -e {} ] || {{ echo no ledger; exit 65; }}']\n",
                 fixed().string())}) {
    stack.start();
  }

  std::filesystem::path fixed() const { return directory.path() / "fixed"; }
  void fix() const { std::ofstream(fixed()) << "x"; }

  void post(const std::string& id) {
    BOOST_TEST(stack.client().post_json(k_webhooks, webhook(id)).status == 202);
  }

  bool becomes(const std::string& id, const std::string& status) {
    return eventually([&] {
      return stack.client().get(path_of(id)).body.find("\"status\": \"" + status + "\"") !=
             std::string::npos;
    });
  }

  Outcome ctl(const std::vector<std::string>& arguments) const {
    return run(stack.ctl_command(arguments));
  }

  /// What a command writes that succeeds.
  std::string told(const std::vector<std::string>& arguments) const {
    const Outcome outcome = ctl(arguments);
    BOOST_TEST((outcome.status == 0), outcome.errors);
    return outcome.output;
  }

  /// The status and message of one that does not.
  std::string refusal(const std::vector<std::string>& arguments) const {
    const Outcome outcome = ctl(arguments);
    BOOST_TEST(outcome.output == "");
    return std::to_string(outcome.status.value_or(-1)) + ' ' + outcome.errors;
  }

  TemporaryDirectory directory;
  TestedStack stack;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_failed_is_looked_at_and_put_back_once_the_handler_is_mended) {
  Operated o;
  o.post("a");
  o.post("b");
  BOOST_TEST(o.becomes("a", "FAILED"));
  BOOST_TEST(o.becomes("b", "FAILED"));
  const std::string list = o.told({"list", "--status", "failed"});
  BOOST_TEST(has(list, "CREATED_AT"), list);
  BOOST_TEST(list.find(" b ") < list.find(" a "), list);
  const std::string shown = o.told({"show", "a"});
  BOOST_TEST(has(shown, "exit status 65"), shown);
  BOOST_TEST(has(shown, "no ledger"), shown);
  o.fix();
  BOOST_TEST(o.told({"requeue", "a", "--why", "mended"}) == "a is PROCESSING again\n");
  BOOST_TEST(o.becomes("a", "PROCESSED"));
  BOOST_TEST(o.told({"requeue", "--all-failed", "--why", "mended"}) ==
             "1 transaction is PROCESSING again\n");
  BOOST_TEST(o.becomes("b", "PROCESSED"));
  BOOST_TEST(has(o.told({"--json", "show", "b"}), R"("status": "PROCESSED")"));
  BOOST_TEST(Database(o.stack.database())
                 .number("SELECT count(*) FROM operations WHERE operation = 'requeue' AND "
                         "why = 'mended' AND who <> '' AND transaction_row > 0") == 2);
}

BOOST_AUTO_TEST_CASE(processing_is_paused_and_goes_on) {
  Operated o;
  o.fix();
  BOOST_TEST(has(o.told({"pause", "--why", "a move"}), "processing is paused"));
  BOOST_TEST(has(o.told({"pause", "--why", "a move"}), "paused already"));
  o.post("waits");
  BOOST_TEST(has(o.told({"show", "waits"}), "PROCESSING"));
  BOOST_TEST(has(o.told({"resume", "--why", "done"}), "goes on"));
  BOOST_TEST(o.becomes("waits", "PROCESSED"));
}

BOOST_AUTO_TEST_CASE(a_command_that_cannot_be_done_says_why) {
  Operated o;
  o.fix();
  o.post("done");
  BOOST_TEST(o.becomes("done", "PROCESSED"));
  const std::tuple<std::vector<std::string>, int, std::string> table[] = {
      {{}, 64, "A subcommand is required"},
      {{"requeue", "--why", "x"}, 64, "say which: ids, or --all-failed"},
      {{"requeue", "a", "--all-failed", "--why", "x"}, 64, "say which: ids, or --all-failed"},
      {{"requeue", "done"}, 64, "--why is required"},
      {{"requeue", "none", "--why", "x"}, 66, "there is no transaction none of the source default"},
      {{"requeue", "done", "--why", "x"}, 69, "done is not FAILED: see payhookctl show done"},
      {{"cancel", "done", "--why", "x"}, 69, "done is not PROCESSING"},
      {{"show", "none"}, 66, "there is no transaction none of the source default"},
      {{"list", "--since", "yesterday"}, 64, "'yesterday' is no time: write"},
      {{"list", "--status", "lost"}, 64, "lost"},
      {{"list", "--source", "nobody"}, 64, "there is no source nobody: there are default"},
      {{"follow", "--source", "nobody"}, 64, "there is no source nobody"},
      {{"export", "--source", "nobody"}, 64, "there is no source nobody"},
      {{"conflicts", "list", "--source", "nobody"}, 64, "there is no source nobody"},
      {{"requeue", "--all-failed", "--source", "nobody", "--why", "x"}, 64, "no source nobody"},
      {{"quarantine", "retry", "--all", "--source", "nobody", "--why", "x"}, 64, "source nobody"},
  };
  for (const auto& [arguments, status, expected] : table) {
    const std::string refusal = o.refusal(arguments);
    BOOST_TEST(refusal.starts_with(std::to_string(status) + " payhookctl: error: "), refusal);
    BOOST_TEST(has(refusal, expected), refusal);
  }
}

BOOST_AUTO_TEST_CASE(what_came_is_written_as_it_came) {
  Operated o;
  o.post("w");
  BOOST_TEST(o.told({"show", "--body", "w"}) == webhook("w"));
  BOOST_TEST(has(o.told({"show", "--headers", "w"}), "content-type: application/json"));
  const std::string line = o.told({"--json", "list"});
  BOOST_TEST(has(line, R"("transaction_id": "w", "amount": 500.0, "currency": "INR")"), line);
}

}  // namespace payhook::test
