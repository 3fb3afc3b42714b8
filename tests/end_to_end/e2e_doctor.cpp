// payhookctl status and doctor, beside the programs as they run, and as they do not.

#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

namespace {

using std::chrono::seconds;

constexpr auto k_handler =
    "[handler]\ntype = \"exec\"\ncommand = [\"/bin/sh\", \"-c\", \"exit 65\"]\n";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Outcome ctl(const Stack& stack, const std::vector<std::string>& arguments) {
  CommandLine command = stack.daemon_command();
  command.arguments.front() = PAYHOOKCTL;
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  return run(command);
}

std::string told(const Stack& stack, const std::vector<std::string>& arguments) {
  const Outcome outcome = ctl(stack, arguments);
  return fmt::format("{} {}{}", outcome.status.value_or(-1), outcome.output, outcome.errors);
}

/// As a finished backup leaves it.
void record_backup(const Stack& stack, const std::string& modifier = "-1 hour") {
  const HeldTurn turn(stack.database());
  execute(stack.database(),
          "INSERT INTO operations (at, operation, who, why) VALUES "
          "(strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '" +
              modifier + "'), 'backup', 'test', '')");
}

void post(Stack& stack, const std::string& id, const std::string& amount = "500") {
  BOOST_TEST(stack.client().post_json(k_webhooks, webhook(id, amount)).status == 202);
}

bool becomes(Stack& stack, const std::string& id, const std::string& status) {
  return eventually(
      [&] { return has(stack.client().get(path_of(id)).body, "\"status\": \"" + status + "\""); });
}

std::string lines_with(const std::string& text, const std::string& word) {
  std::string lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    lines += has(line, word) ? line + '\n' : "";
    begin = end + 1;
  }
  return lines;
}

}  // namespace

BOOST_AUTO_TEST_CASE(status_says_what_comes_and_that_all_is_well) {
  TestedStack stack({.delay = seconds{0}});
  stack.start();
  record_backup(stack);
  post(stack, "a");
  post(stack, "a");
  BOOST_TEST(becomes(stack, "a", "PROCESSED"));
  const std::string status = told(stack, {"status"});
  BOOST_TEST(has(status, "responder: running\n"), status);
  BOOST_TEST(has(status, "processor: running\n"), status);
  BOOST_TEST(has(status, "backlog: 0 PROCESSING, 0 due\n"), status);
  BOOST_TEST(has(status, "backup: 60 min ago\n"), status);
  BOOST_TEST(has(status, "All is well.\n"), status);
  BOOST_TEST(has(lines_with(status, "default"), " s ago"), status);
  BOOST_TEST(status.starts_with("0 "), status);
  const std::string nagios = told(stack, {"status", "--nagios"});
  BOOST_TEST(nagios.starts_with("0 PAYHOOK OK - all is well | processing=0 due=0 "), nagios);
  BOOST_TEST(has(nagios, " backup_age=36"), nagios);
  BOOST_TEST((std::count(nagios.begin(), nagios.end(), '\n') == 1), nagios);
  const std::string json = told(stack, {"--json", "status"});
  BOOST_TEST(has(json, R"("level": "OK")"), json);
  BOOST_TEST(has(json, R"("sources": [{"source": "default", "last_webhook_at": "20)"), json);
  BOOST_TEST(has(json, R"("findings": []})"), json);
  BOOST_TEST(Database(stack.database())
                 .text("SELECT group_concat(outcome || count) FROM "
                       "(SELECT outcome, count FROM outcomes ORDER BY outcome)") ==
             "accepted1,duplicate1,processed1");
}

/// What is spoiled, what the command is, and what it says then.
struct Broken {
  std::function<void(TestedStack&)> spoil;
  std::vector<std::string> command;
  std::string level;
  std::string what;
};

BOOST_AUTO_TEST_CASE(status_and_doctor_tell_right_from_wrong) {
  const auto permit = [](const std::filesystem::path& file, unsigned mode) {
    std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
  };
  const auto write = [](const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file) << text;
  };
  const auto payhook_toml = [](const TestedStack& stack) {
    return stack.directory() / "payhook.toml";
  };
  const Broken table[] = {
      {[](auto& s) { s.responder().kill(); },
       {"status"},
       "PROBLEM",
       "no responder has the database open"},
      {[](auto& s) { s.daemon().kill(); },
       {"status"},
       "PROBLEM",
       "no processor has the database open"},
      {[](auto& s) {
         BOOST_TEST(told(s, {"pause", "--why", "x"}).starts_with("0 "));
       },
       {"status"},
       "WARNING",
       "processing is paused"},
      {[](auto& s) {
         post(s, "fails");
         BOOST_TEST(becomes(s, "fails", "FAILED"));
       },
       {"status"},
       "WARNING",
       "1 transaction FAILED"},
      {[](auto& s) {
         post(s, "twice");
         post(s, "twice", "501");
       },
       {"status"},
       "WARNING",
       "1 in the last day came again with other values"},
      {[](auto& s) {
         const HeldTurn turn(s.database());
         execute(s.database(), "DELETE FROM operations WHERE operation = 'backup'");
       },
       {"status"},
       "WARNING",
       "there has never been a backup"},
      {[](auto& s) { s.responder().kill(); },
       {"doctor"},
       "PROBLEM",
       "nobody listens at the socket"},
      {[](auto& s) { std::filesystem::remove(s.socket()); },
       {"doctor"},
       "WARNING",
       "there is no socket"},
      {[&](auto& s) { permit(s.database(), 0644); }, {"doctor"}, "WARNING", "everybody may read"},
      {[&](auto& s) { permit(payhook_toml(s), 0666); },
       {"doctor"},
       "PROBLEM",
       "everybody may write"},
      {[](auto& s) {
         const HeldTurn turn(s.database());
         execute(s.database(),
                 "INSERT INTO transactions (source, transaction_id, source_account, "
                 "destination_account, amount, currency, status, created_at, processed_at, "
                 "amount_minor, body, headers, remote_address) VALUES ('default', 'future', 'a', "
                 "'b', '1.0', 'INR', 'PROCESSED', strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 day'), "
                 "'', 100, x'', '', '')");
       },
       {"doctor"},
       "PROBLEM",
       "which will be in 23 h: the clock was set back"},
      {[&](auto& s) { write(payhook_toml(s), "delay = 30\n"); },
       {"doctor"},
       "PROBLEM",
       "payhook.toml:1: "},
      {[&](auto& s) {
         s.responder().kill();
         s.daemon().kill();
         write(s.database(), "no database, but a text that somebody has put into its place");
       },
       {"doctor"},
       "PROBLEM",
       "is not a database"},
      {[](auto& s) {
         s.responder().kill();
         s.daemon().kill();
         std::filesystem::remove(s.database());
       },
       {"doctor"},
       "PROBLEM",
       "does not exist, or is empty"},
  };
  for (const Broken& each : table) {
    BOOST_TEST_CONTEXT(each.what) {
      TestedStack stack({.delay = seconds{0}, .toml = k_handler});
      stack.start();
      record_backup(stack);
      const std::string before = told(stack, each.command);
      BOOST_TEST(!has(before, each.what), before);
      each.spoil(stack);
      const std::string after = told(stack, each.command);
      BOOST_TEST(lines_with(after, each.what).starts_with(each.level + " "), after);
      // The doctor may find more that is wrong on the machine of the test.
      if (each.level == "PROBLEM" || each.command.front() == "status") {
        BOOST_TEST(after.starts_with(each.level == "PROBLEM" ? "69 " : "0 "), after);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(nagios_is_told_how_bad_it_is) {
  TestedStack stack({.delay = seconds{0}});
  stack.start();
  const std::string warning = told(stack, {"status", "--nagios"});
  BOOST_TEST(warning.starts_with("1 PAYHOOK WARNING - there has never been a backup | "), warning);
  stack.daemon().kill();
  const std::string critical = told(stack, {"status", "--nagios"});
  BOOST_TEST(critical.starts_with("2 PAYHOOK CRITICAL - no processor has the database open: "
                                  "nothing is processed; there has never been a backup | "),
             critical);
  stack.responder().kill();
  std::filesystem::remove(stack.database());
  BOOST_TEST(told(stack, {"status", "--nagios"}).starts_with("2 PAYHOOK CRITICAL - the database "));
  std::ofstream(stack.directory() / "payhook.toml") << "nonsense";
  BOOST_TEST(told(stack, {"status", "--nagios"}).starts_with("3 PAYHOOK UNKNOWN - "));
}

BOOST_AUTO_TEST_CASE(what_comes_is_followed_until_one_has_seen_enough) {
  TestedStack stack({.delay = seconds{0}});
  stack.start();
  post(stack, "before");
  CommandLine command = stack.daemon_command();
  command.arguments.front() = PAYHOOKCTL;
  command.arguments.insert(command.arguments.end(),
                           {"follow", "--min-amount", "500", "--currency", "INR"});
  const std::filesystem::path output = stack.directory() / "followed";
  Program follow(command, output, stack.directory() / "errors");
  BOOST_TEST(eventually([&] { return has(contents(output), " before "); }));
  post(stack, "small", "499.99");
  post(stack, "after");
  BOOST_TEST(eventually([&] { return has(contents(output), " after "); }));
  follow.signal(SIGINT);
  BOOST_TEST((follow.wait() == 0));
  BOOST_TEST(!has(contents(output), "small"));
  BOOST_TEST(contents(stack.directory() / "errors") == "");
}

BOOST_AUTO_TEST_CASE(a_list_goes_on_where_the_last_one_ended) {
  TestedStack stack({.delay = seconds{0}});
  stack.start();
  for (const auto* const id : {"a", "b", "c"}) {
    post(stack, id);
  }
  const std::string first = told(stack, {"list", "-n", "2"});
  BOOST_TEST(has(first, "More of them: the same with --after b\n"), first);
  const std::string second = told(stack, {"list", "-n", "2", "--after", "b"});
  BOOST_TEST(has(second, " a "), second);
  BOOST_TEST(!has(second, "--after"), second);
  BOOST_TEST(told(stack, {"list", "--after", "none"}).starts_with("66 "));
  BOOST_TEST(has(told(stack, {"list", "--min-amount", "1"}), "give --currency too"));
  BOOST_TEST(has(told(stack, {"list", "--min-amount", "0.001", "--currency", "inr"}),
                 "0.001 INR is no amount"));
}

}  // namespace payhook::test
