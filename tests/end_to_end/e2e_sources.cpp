// What an operator does about senders with payhookctl while the programs run.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

namespace {

using std::chrono::seconds;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// By the names of the sources, which are those of their presets too.
const std::map<std::string, std::string> k_secrets{
    {"adyen", "0badc0de"},
    {"gocardless", "secret-of-gocardless"},
    {"payu", "secret-of-payu"},
    {"standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    {"stripe", "whsec_5f1e8c0a9d7b46c2a3e4f50617283940"},
    {"xendit", "token-of-xendit"},
};

/// A sender whose currency stands in a place that the mapping does not know at first.
constexpr auto k_acme = R"(
[[source]]
name = "acme"
preset = "generic"
secrets = ["{directory}/acme"]
[[source.mapping.payment]]
transaction_id = "{{/id}}"
source_account = "{{/from}}"
destination_account = "acme"
amount = "{{/amount}}"
amount_unit = "minor"
currency = "{{{currency}}}"
)";

struct Sources {
  Sources() {
    write_secret("acme", "secret-of-acme");
    for (const auto& [name, secret] : k_secrets) {
      write_secret(name, secret);
      configured +=
          fmt::format("[[source]]\nname = \"{0}\"\npreset = \"{0}\"\nsecrets = [\"{1}/{0}\"]\n",
                      name, directory.path().string());
    }
    write_sources("/currency");
    stack.start();
  }

  void write_secret(const std::string& name, const std::string& secret) const {
    const auto file = directory.path() / name;
    std::ofstream(file) << secret << '\n';
    std::filesystem::permissions(file, std::filesystem::perms(0600));
  }

  void write_sources(const std::string& currency) {
    std::ofstream(stack.settings() / "sources.d" / "all.toml")
        << configured
        << fmt::format(k_acme, fmt::arg("directory", directory.path().string()),
                       fmt::arg("currency", currency));
  }

  CommandLine ctl_command(const std::vector<std::string>& arguments) const {
    CommandLine command = stack.daemon_command();
    command.arguments.front() = PAYHOOKCTL;
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.environment.push_back(fmt::format("PAYHOOK_URL=http://127.0.0.1:{}", stack.port()));
    return command;
  }

  Outcome ctl(const std::vector<std::string>& arguments, const std::string& input = "") const {
    return run(ctl_command(arguments), input);
  }

  /// What a command writes that succeeds.
  std::string told(const std::vector<std::string>& arguments, const std::string& input = "") const {
    const Outcome outcome = ctl(arguments, input);
    BOOST_TEST((outcome.status == 0), fmt::format("{}", fmt::join(arguments, " "))
                                          << outcome.output << outcome.errors);
    return outcome.output;
  }

  /// Waits until the responder has read its settings again.
  void reload() {
    constexpr auto k_reloaded = "the configuration was read again";
    const auto reloads = [&] {
      const std::string log = stack.log_of("payhook-fcgi");
      std::size_t count = 0;
      for (auto at = log.find(k_reloaded); at != log.npos; at = log.find(k_reloaded, at + 1)) {
        ++count;
      }
      return count;
    };
    const std::size_t before = reloads();
    stack.responder().signal(SIGHUP);
    BOOST_TEST(eventually([&] { return reloads() > before; }));
  }

  std::int64_t number(const std::string& sql) const {
    return Database(stack.database()).number(sql);
  }

  TemporaryDirectory directory;
  std::string configured;
  TestedStack stack{Stack::Options{.delay = seconds{0}}};
};

/// What somebody sits at.
struct Terminal {
  Terminal() {
    BOOST_REQUIRE((::grantpt(screen.get()) == 0 && ::unlockpt(screen.get()) == 0));
    side.reset(::open(::ptsname(screen.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    BOOST_REQUIRE(shows_what_is_typed());
  }

  bool shows_what_is_typed() const {
    termios state{};
    return ::tcgetattr(side.get(), &state) == 0 && (state.c_lflag & ECHO) != 0;
  }

  void type(const std::string& text) const {
    BOOST_TEST(::write(screen.get(), text.data(), text.size()) == std::ssize(text));
  }

  UniqueFd screen{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)};
  UniqueFd side;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_test_webhook_of_each_kind_of_scheme_is_taken) {
  Sources s;
  for (const auto& [name, secret] : k_secrets) {
    const std::string shown = s.told({"send", "--source", name, "--id", "id-1"});
    BOOST_TEST(
        has(shown, fmt::format("POST http://127.0.0.1:{}/v1/webhooks/{}\n", s.stack.port(), name)),
        shown);
    BOOST_TEST((has(shown, "HTTP/1.1 202 ") || has(shown, "HTTP/1.1 200 ")), shown);
    BOOST_TEST(!has(shown, secret), shown);
  }
  BOOST_TEST(s.number("SELECT count(*) FROM transactions WHERE transaction_id LIKE '%:id-1%'") ==
             std::ssize(k_secrets) - 1);
  BOOST_TEST(s.number("SELECT count(*) FROM events WHERE source = 'gocardless'") == 1);
  BOOST_TEST(has(s.told({"--json", "send", "--source", "stripe"}), R"("status": 202)"));
  // The same one again is one, and many are many.
  const std::string again = s.told({"send", "--source", "stripe", "--repeat", "--count", "3"});
  BOOST_TEST(has(again, "STATUS  COUNT  P50_MS  P99_MS\n202     3 "), again);
  s.told({"send", "--source", "stripe", "--id", "many", "--count", "3", "--rate", "100"});
  BOOST_TEST(s.number("SELECT count(*) FROM transactions WHERE source = 'stripe'") ==
             1 + 1 + 1 + 3);
}

BOOST_AUTO_TEST_CASE(a_webhook_that_is_not_taken_says_why) {
  Sources s;
  // The responder goes on with the secret that it has read.
  s.write_secret("stripe", "whsec_another");
  const Outcome refused = s.ctl({"send", "--source", "stripe"});
  BOOST_TEST(refused.status.value() == 69);
  BOOST_TEST(has(refused.output, "HTTP/1.1 401 "), refused.output);
  BOOST_TEST(has(refused.errors, "it was answered 401: the responder has another secret"),
             refused.errors);
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"send"}, "64 there is no source default: there are adyen, "},
      {{"send", "--source", "nobody"}, "64 there is no source nobody: there are adyen, "},
      {{"send", "--source", "stripe", "--amount", "1.001"}, "64 Invalid amount: EUR has 2 decimal"},
      {{"send", "--source", "stripe", "--header", "X"}, "64 'X' is no header"},
      {{"send", "--source", "stripe", "--url", "ftp://127.0.0.1"},
       "64 'ftp://127.0.0.1' is no URL"},
      {{"send", "--source", "stripe", "--url", "http://127.0.0.1:1"},
       "69 no answer from http://127.0.0.1:1/v1/webhooks/stripe: "},
      {{"send", "--source", "stripe", "--body", "/none"}, "66 cannot read /none: No such file"},
      {{"send", "--source", "stripe", "--count", "2", "--repeat"},
       "69 2 of 2 were not acknowledged"},
  };
  for (const auto& [arguments, expected] : cases) {
    const Outcome outcome = s.ctl(arguments);
    const std::string told =
        fmt::format("{} {}", outcome.status.value_or(-1), outcome.errors.substr(19));
    BOOST_TEST(told.starts_with(expected), told);
  }
}

BOOST_AUTO_TEST_CASE(a_captured_webhook_is_judged_with_the_reason) {
  Sources s;
  const std::string shown = s.told({"send", "--source", "stripe"});
  const auto begin = shown.find("Stripe-Signature: ");
  const std::string header = shown.substr(begin, shown.find('\n', begin) - begin);
  const auto body_begin = shown.find("\n\n") + 2;
  const std::string body = shown.substr(body_begin, shown.find("\n\nHTTP/") - body_begin);
  const auto write = [&s](const std::string& name, const std::string& text) {
    const auto file = s.directory.path() / name;
    std::ofstream(file) << text;
    return file.string();
  };
  const auto judged = [&](const std::string& headers, const std::string& text,
                          const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{
        "verify-signature",        "--source", "stripe",           "--headers",
        write("headers", headers), "--body",   write("body", text)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = s.ctl(arguments);
    return fmt::format("{}\n{}", outcome.status.value_or(-1), outcome.output);
  };
  const std::string right = judged("POST /x HTTP/1.1\r\n" + header + "\r\n", body, {"--verbose"});
  BOOST_TEST(right.starts_with("0\n"), right);
  BOOST_TEST(has(right, "signature: right\n"), right);
  BOOST_TEST(has(right, "." + body), right);
  BOOST_TEST(!has(right, k_secrets.at("stripe")), right);
  const std::tuple<std::string, std::string, std::vector<std::string>, std::string> cases[] = {
      {"", body, {}, "why: no header Stripe-Signature\n"},
      {header, body + " ", {}, "why: no signature is right for any of the secrets\n"},
      {header,
       body + "\n",
       {},
       "hint: it is right without the line break at the end of the body\n"},
      {header, body, {"--at", "2h"}, " s after its arrival\n"},
      {header,
       body,
       {"--at", "2h"},
       "hint: the signature is right: only its time is not, which may be 300"},
      {header, body + "x", {"--at", "2h"}, "hint: nor is its signature right\n"},
  };
  for (const auto& [headers, text, more, expected] : cases) {
    const std::string verdict = judged(headers, text, more);
    BOOST_TEST(verdict.starts_with("65\n"), verdict);
    BOOST_TEST(has(verdict, expected), verdict);
    BOOST_TEST(has(verdict, s.directory.path().string() + "/stripe\n"), verdict);
  }
}

BOOST_AUTO_TEST_CASE(a_source_is_added_and_waits_for_its_first_webhook) {
  Sources s;
  const auto file = s.stack.settings() / "sources.d" / "shop.toml";
  const auto secret = s.stack.settings() / "secrets" / "shop";
  const std::vector<std::string> add{"source", "add",    "razorpay",       "--name",
                                     "shop",   "--host", "pay.example.org"};
  const auto with = [&add](std::vector<std::string> more) {
    more.insert(more.begin(), add.begin(), add.end());
    return more;
  };
  const std::string told = s.told(with({"--no-wait"}), "secret-of-shop\n");
  BOOST_TEST(has(told, "url: https://pay.example.org/v1/webhooks/shop\n"), told);
  BOOST_TEST(!has(told, "secret-of-shop"), told);
  BOOST_TEST(contents(secret) == "secret-of-shop\n");
  const auto mode_of = [](const std::filesystem::path& path) {
    return std::filesystem::status(path).permissions();
  };
  BOOST_TEST((mode_of(secret) == std::filesystem::perms(0640)));
  BOOST_TEST((mode_of(file) == std::filesystem::perms(0644)));
  s.reload();
  BOOST_TEST(has(s.told({"source", "list"}), "shop"));
  // Nothing is overwritten, and what is refused leaves nothing behind.
  BOOST_TEST(s.ctl(with({}), "another").status.value() == 73);
  BOOST_TEST(contents(secret) == "secret-of-shop\n");
  const std::tuple<std::vector<std::string>, std::string, int, std::string> cases[] = {
      {{"source", "add", "square"}, "key", 78, "values.url is missing"},
      {{"source", "add", "adyen", "--name", "a2"}, "no hex", 78, "the secret is not hexadecimal"},
      {{"source", "add", "adyen", "--name", "adyen"},
       "00",
       73,
       "the source adyen is there already: choose another --name"},
      {{"source", "add", "svix"}, "", 66, "no secret was given"},
      {{"source", "add", "svix", "--name", "../x"}, "x", 64, "'../x' is no name for a source"},
      {{"source", "add", "nobody"}, "x", 64, "nobody"},
  };
  for (const auto& [arguments, input, status, expected] : cases) {
    const Outcome outcome = s.ctl(arguments, input);
    BOOST_TEST(outcome.status.value() == status);
    BOOST_TEST(has(outcome.errors, expected), outcome.errors);
  }
  for (const auto* part : {"sources.d", "secrets"}) {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(s.stack.settings() / part)) {
      files += entry.is_regular_file() ? 1 : 0;
    }
    BOOST_TEST(files == (part == std::string("secrets") ? 1U : 2U));
  }
}

BOOST_AUTO_TEST_CASE(a_source_that_was_added_halfway_is_added_by_the_same_again) {
  Sources s;
  const std::vector<std::string> add{"source", "add", "generic", "--name", "shop", "--no-wait"};
  const auto file = s.stack.settings() / "sources.d" / "shop.toml";
  const auto secret = s.stack.settings() / "secrets" / "shop";
  CommandLine command = s.ctl_command(add);
  command.environment.emplace_back("PAYHOOK_DIE_AT=secret_placed");
  BOOST_TEST(run(command, "secret-of-shop").status.value() == -SIGKILL);
  BOOST_TEST(std::filesystem::exists(secret));
  BOOST_TEST(!std::filesystem::exists(file));
  const Outcome another = s.ctl(add, "another");
  BOOST_TEST(another.status.value() == 73);
  BOOST_TEST(has(another.errors, "secrets/shop: it is there already: move it away"),
             another.errors);
  BOOST_TEST(contents(secret) == "secret-of-shop");
  s.told(add, "secret-of-shop");
  BOOST_TEST(std::filesystem::exists(file));
  BOOST_TEST(!std::filesystem::exists(file.string() + ".new"));
}

BOOST_AUTO_TEST_CASE(a_source_is_added_only_where_the_programs_find_it) {
  Sources s;
  const std::vector<std::string> add{"source", "add", "generic", "--name", "shop"};
  std::filesystem::remove(s.stack.settings() / "secrets");
  const Outcome without = s.ctl(add, "x");
  BOOST_TEST(without.status.value() == 73);
  BOOST_TEST(has(without.errors, "make it with: install -d -m 2750 -g "), without.errors);
  CommandLine command{{PAYHOOKCTL, "--config", s.stack.settings() / "sources.d" / "all.toml"}, {}};
  command.arguments.insert(command.arguments.end(), add.begin(), add.end());
  const Outcome no_directory = run(command, "x");
  BOOST_TEST(no_directory.status.value() == 64);
  BOOST_TEST(has(no_directory.errors, "and not to a file: name one directory with --config"),
             no_directory.errors);
}

BOOST_AUTO_TEST_CASE(whoever_adds_a_source_sees_what_its_first_webhook_has_become) {
  Sources s;
  const std::string input = (s.directory.path() / "input").string();
  std::ofstream(input) << "secret-of-shop";
  CommandLine command = s.ctl_command({"source", "add", "generic", "--name", "shop", "--wait"});
  const UniqueFd opened(::open(input.c_str(), O_RDONLY | O_CLOEXEC));
  command.input = opened.get();
  const auto output = s.directory.path() / "output";
  Program adding(command, output, s.directory.path() / "errors");
  BOOST_TEST(eventually(
      [&] { return std::filesystem::exists(s.stack.settings() / "sources.d" / "shop.toml"); }));
  s.reload();
  // It looks from the moment on when it says that it waits; until it ends, each is another one.
  BOOST_TEST(eventually([&] {
    s.told({"send", "--source", "shop"});
    return adding.wait(std::chrono::milliseconds{1500}).has_value();
  }));
  BOOST_TEST(adding.wait().value() == 0);
  BOOST_TEST(has(contents(output), "the first webhook has come: it is the transaction shop:test-"),
             contents(output) << contents(s.directory.path() / "errors"));
}

BOOST_AUTO_TEST_CASE(a_terminal_does_not_show_the_secret) {
  Sources s;
  const Terminal terminal;
  CommandLine command = s.ctl_command({"source", "add", "generic", "--name", "shop"});
  command.input = terminal.side.get();
  const auto output = s.directory.path() / "output";
  Program adding(command, output, s.directory.path() / "errors");
  BOOST_TEST(eventually([&] { return !terminal.shows_what_is_typed(); }));
  adding.signal(SIGTSTP);
  BOOST_TEST(adding.wait_until_stopped());
  BOOST_TEST(terminal.shows_what_is_typed());
  adding.signal(SIGCONT);
  BOOST_TEST(eventually([&] { return !terminal.shows_what_is_typed(); }));
  const std::string typed = "hidden-secret\n";
  terminal.type(typed);
  // At a terminal it waits, until it is told not to.
  BOOST_TEST(eventually([&] { return has(contents(output), "waiting for the first webhook"); }));
  adding.signal(SIGINT);
  BOOST_TEST(adding.wait().value() == 0);
  BOOST_TEST(terminal.shows_what_is_typed());
  std::string shown(4096, '\0');
  shown.resize(static_cast<std::size_t>(
      std::max<ssize_t>(0, ::read(terminal.screen.get(), shown.data(), shown.size()))));
  BOOST_TEST(!has(shown, "hidden"), shown);
  BOOST_TEST(contents(s.stack.settings() / "secrets" / "shop") == typed);
}

BOOST_AUTO_TEST_CASE(whatever_ends_the_question_for_a_secret_the_terminal_shows_what_is_typed) {
  Sources s;
  const Terminal terminal;
  CommandLine command = s.ctl_command({"source", "add", "generic", "--name", "shop"});
  command.input = terminal.side.get();
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
    Program adding(command, s.directory.path() / "output", s.directory.path() / "errors");
    BOOST_TEST(eventually([&] { return !terminal.shows_what_is_typed(); }));
    // It may not wait yet; then it does not hear of it.
    BOOST_TEST(eventually([&] {
      adding.signal(signal);
      return adding.wait(std::chrono::milliseconds{100}).has_value();
    }));
    BOOST_TEST(adding.wait().value() == 66);
    BOOST_TEST(terminal.shows_what_is_typed());
    BOOST_TEST(!std::filesystem::exists(s.stack.settings() / "secrets" / "shop"));
  }
}

BOOST_AUTO_TEST_CASE(a_source_is_looked_at_without_sending_anything) {
  Sources s;
  const std::string told = s.told({"source", "test", "stripe"});
  BOOST_TEST(has(told, "/stripe: right\n"), told);
  BOOST_TEST(has(told, "transaction_id: stripe:test-1\n"), told);
  const std::string live = s.told({"--json", "source", "test", "stripe", "--body",
                                   PAYHOOK_SOURCE_DIR "/docs/examples/stripe.json"});
  BOOST_TEST(has(live, R"("amount": 20.0, "currency": "USD")"), live);
  const Outcome unreadable = s.ctl({"source", "test", "acme", "--body", "-"}, "{}");
  BOOST_TEST(unreadable.status.value() == 65);
  BOOST_TEST(has(unreadable.errors, "Invalid amount: it is not where the mapping says"),
             unreadable.errors);
  BOOST_TEST(s.number("SELECT count(*) FROM transactions") == 0);
}

BOOST_AUTO_TEST_CASE(what_is_quarantined_becomes_a_transaction_once_the_mapping_is_mended) {
  Sources s;
  const auto send = [&s](const std::string& body) {
    return s.told({"send", "--source", "acme", "--body", "-"}, body);
  };
  send(R"({"id": "1", "from": "a", "amount": 700, "money": "EUR"})");
  send(R"({"id": "2", "from": "a", "amount": 800, "money": "EUR"})");
  send(R"({"nothing": true})");
  const std::string list = s.told({"quarantine", "list", "--source", "acme", "--since", "1h"});
  BOOST_TEST(has(list, "Invalid currency: it is not where the mapping says"), list);
  BOOST_TEST(s.told({"quarantine", "list", "--source", "stripe"}) == "");
  BOOST_TEST(s.told({"quarantine", "show", "3", "--body"}) == R"({"nothing": true})");
  BOOST_TEST(has(s.told({"quarantine", "show", "3"}), "source: acme\n"));
  const Outcome still = s.ctl({"quarantine", "retry", "1", "--why", "too early"});
  BOOST_TEST(still.status.value() == 65);
  BOOST_TEST(has(still.output, "still cannot be read: Invalid currency"), still.output);
  BOOST_TEST(has(still.errors, "1 of 1 stay in the quarantine"), still.errors);
  s.write_sources("/money");
  BOOST_TEST(has(s.told({"quarantine", "retry", "1", "--why", "mended"}), "transaction acme:1\n"));
  const Outcome all = s.ctl({"quarantine", "retry", "--all", "--why", "mended"});
  BOOST_TEST(all.status.value() == 65);
  BOOST_TEST(has(all.output, "transaction acme:2\n"), all.output);
  BOOST_TEST(has(all.errors, "1 of 2 stay in the quarantine"), all.errors);
  BOOST_TEST(s.ctl({"quarantine", "retry", "1", "--why", "again"}).status.value() == 66);
  BOOST_TEST(s.told({"quarantine", "drop", "3", "--why", "a test"}) == "3 is dropped\n");
  BOOST_TEST(s.ctl({"quarantine", "drop", "3", "--why", "a test"}).status.value() == 66);
  BOOST_TEST(s.ctl({"quarantine", "retry", "--why", "x"}).status.value() == 64);
  BOOST_TEST(s.number("SELECT count(*) FROM quarantine") == 0);
  BOOST_TEST(s.number("SELECT count(*) FROM transactions WHERE source = 'acme' AND "
                      "amount_minor IN (700, 800)") == 2);
  BOOST_TEST(s.number("SELECT count(*) FROM operations WHERE operation IN ('quarantine retry 1', "
                      "'quarantine retry 2', 'quarantine drop 3') AND who <> '' AND "
                      "why IN ('mended', 'a test')") == 3);
}

BOOST_AUTO_TEST_CASE(a_conflict_shows_what_differs) {
  Sources s;
  for (const auto* amount : {"1.00", "7.00"}) {
    s.told({"send", "--source", "stripe", "--id", "x", "--amount", amount});
  }
  const std::string list = s.told({"conflicts", "list"});
  BOOST_TEST(has(list, "other values than those of stripe:x"), list);
  const std::string shown = s.told({"conflicts", "show", "1"});
  BOOST_TEST(has(shown, "differing: amount\n"), shown);
  BOOST_TEST(has(shown, "stored_amount: 1.0\n"), shown);
  BOOST_TEST(has(shown, "came_amount: 7.0\n"), shown);
  BOOST_TEST(has(s.told({"conflicts", "show", "1", "--body"}), R"("amount_received": 700)"));
  BOOST_TEST(s.ctl({"conflicts", "show", "7"}).status.value() == 66);
}

}  // namespace payhook::test
