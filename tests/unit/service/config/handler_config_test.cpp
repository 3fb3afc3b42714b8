#include "service/config/handler_config.h"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "core/program_error.h"
#include "service/config/config.h"
#include "tests/support/temporary_directory.h"

namespace payhook::test {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

struct Configured {
  Configured() {
    secret("good", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    secret("other", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx");
    secret("text", "no base64");
  }

  void secret(const std::string& name, const std::string& text) const {
    std::ofstream(directory.path() / name) << text;
    ::chmod((directory.path() / name).c_str(), 0640);
  }

  Config load(const std::string& toml) const {
    const auto file = directory.path() / "it.toml";
    std::ofstream(file) << toml;
    return load_config({&file, 1});
  }

  HandlerConfig handler(const std::string& toml) const {
    return *load("[handler]\n" + toml).handlers.of("default");
  }

  std::string refusal(const std::string& toml) const {
    try {
      load("[handler]\n" + toml);
    } catch (const ProgramError& e) {
      return e.what();
    }
    return "accepted";
  }

  TemporaryDirectory directory;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(handlers)

BOOST_AUTO_TEST_CASE(there_is_none_unless_one_is_written) {
  const Configured c;
  BOOST_TEST(!c.load("").handlers.has_any());
  BOOST_TEST(!c.load("[handler]\ntype = \"none\"").handlers.has_any());
  BOOST_TEST(c.load("").processor.handlers_at_once == 8U);
  BOOST_TEST((c.load("").processor.stop_grace == seconds{10}));
}

BOOST_AUTO_TEST_CASE(an_exec_handler_is_a_command_and_its_arguments) {
  const Configured c;
  const HandlerConfig handler = c.handler("type = \"exec\"\ncommand = [\"/bin/a\", \"$x\"]");
  const std::vector<std::string> command{"/bin/a", "$x"};
  BOOST_TEST(std::get<ExecHandler>(handler.what).command == command,
             boost::test_tools::per_element());
  BOOST_TEST((handler.timeout == seconds{30}));
  BOOST_TEST(handler.at_once == 4U);
  BOOST_TEST(!handler.in_order);
  BOOST_TEST(handler.retry.max_attempts == 12);
  BOOST_TEST((handler.retry.first == seconds{10}));
  BOOST_TEST((handler.retry.longest == hours{6}));
}

BOOST_AUTO_TEST_CASE(a_program_that_cannot_be_started_is_known_by_its_reason) {
  const Configured c;
  const auto not_executable = (c.directory.path() / "good").string();
  const std::pair<std::string, std::string> table[] = {
      {"/bin/sh", ""},
      {"/none/book", "No such file or directory"},
      {c.directory.path().string(), "it is no file"},
      {not_executable, "it is not executable"},
  };
  for (const auto& [program, reason] : table) {
    const HandlerConfig handler = c.handler("type = \"exec\"\ncommand = [\"" + program + "\"]");
    BOOST_TEST(handler.name() == program);
    BOOST_TEST(handler.hindrance().value_or("") == reason);
  }
  BOOST_TEST(!HandlerConfig().hindrance().has_value());
  BOOST_TEST(HandlerConfig().name() == "none");
}

BOOST_AUTO_TEST_CASE(an_http_handler_is_a_url_and_what_it_signs_with) {
  const Configured c;
  const HandlerConfig handler = c.handler(R"(
      type = "http"
      url = "https://ledger.example/pay?x=1"
      secrets = ["./good", "./other"]
      send = "webhook"
      connect_timeout_seconds = 2
      proxy = "http://proxy.example:3128"
      timeout_seconds = 7
      at_once = 9
      order = "account"
      max_attempts = 3
      first_retry_seconds = 4
      longest_retry_seconds = 5)");
  const auto& http = std::get<HttpHandler>(handler.what);
  BOOST_TEST(http.url == "https://ledger.example/pay?x=1");
  BOOST_TEST(http.proxy == "http://proxy.example:3128");
  BOOST_TEST(http.sends_webhook);
  BOOST_TEST((http.connect_timeout == seconds{2}));
  BOOST_TEST(http.signer.sign("a", 1, "b").size() == 2 * 47U + 1, "one signature for each secret");
  BOOST_TEST((handler.timeout == seconds{7}));
  BOOST_TEST(handler.at_once == 9U);
  BOOST_TEST(handler.in_order);
  BOOST_TEST(handler.retry.max_attempts == 3);
  BOOST_TEST((handler.retry.first == seconds{4}));
  BOOST_TEST((handler.retry.longest == seconds{5}));
}

BOOST_AUTO_TEST_CASE(a_source_may_have_one_of_its_own) {
  const Configured c;
  const Config config = c.load(R"(
      handler = { type = "exec", command = ["/bin/all"] }
      [[source]]
      name = "a"
      signature = "none"
      handler = { type = "exec", command = ["/bin/a"] }
      [[source]]
      name = "b"
      signature = "none"
      handler = { type = "none" }
      [[source]]
      name = "c"
      signature = "none")");
  const auto command_of = [&config](const std::string& source) {
    const auto* const exec = std::get_if<ExecHandler>(&config.handlers.of(source)->what);
    return exec == nullptr ? "none" : exec->command.at(0);
  };
  BOOST_TEST(command_of("a") == "/bin/a");
  BOOST_TEST(command_of("b") == "none");
  BOOST_TEST(command_of("c") == "/bin/all");
  BOOST_TEST(command_of("one that was there once") == "/bin/all");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_meant_is_refused_with_what_to_do) {
  const Configured c;
  const std::string exec = "type = \"exec\"\ncommand = [\"/bin/a\"]\n";
  const std::string http = "type = \"http\"\nurl = \"https://a.example\"\nsecrets = [\"./good\"]\n";
  const std::pair<std::string, std::string> table[] = {
      {"", "a handler needs type = \"exec\", \"http\" or \"none\""},
      {"type = \"shell\"", "2: handler.type must be"},
      {"type = \"none\"\ncommand = [\"/bin/a\"]", "3: unknown key 'handler.command'"},
      {"type = \"exec\"", "an exec handler needs command = ["},
      {"type = \"exec\"\ncommand = [\"ledger\"]", "an exec handler needs command = [\"/absolute"},
      {"type = \"exec\"\ncomand = [\"/bin/a\"]", "3: unknown key 'handler.comand'"},
      {exec + "url = \"https://a.example\"", "4: unknown key 'handler.url'"},
      {"type = \"http\"", "an http handler needs url = "},
      {"type = \"http\"\nurl = \"https://a.example\"", "an http handler needs secrets = "},
      {"type = \"http\"\nurl = \"file:///etc/passwd\"", "3: handler.url is refused: it must be"},
      {"type = \"http\"\nurl = \"https:///x\"", "3: handler.url is refused: it must be"},
      {"type = \"http\"\nurl = \"https://a b\"", "3: handler.url is refused: it must be"},
      {"type = \"http\"\nurl = \"https://me:pw@a.example\"",
       "3: handler.url is refused: a password does not belong"},
      {http + "proxy = \"socks5://a\"", "5: handler.proxy is refused"},
      {"type = \"http\"\nsecrets = [\"./text\"]", "the secret is not base64"},
      {"type = \"http\"\nsecrets = [\"./none\"]", "/none: No such file"},
      {"type = \"http\"\nsecrets = [{file = \"./good\", not_after = 2026-01-01T00:00:00Z}]",
       "all are signed with, and have no times"},
      {http + "send = \"all\"", "5: handler.send must be"},
      {exec + "timeout_seconds = 0", "4: handler.timeout_seconds must be a whole number from 1"},
      {exec + "at_once = 257", "4: handler.at_once must be a whole number from 1 to 256"},
      {exec + "max_attempts = 0", "4: handler.max_attempts must be a whole number from 1 to 1000"},
      {exec + "order = \"id\"", "4: handler.order must be"},
      {exec + "first_retry_seconds = 60\nlongest_retry_seconds = 59",
       "longest_retry_seconds is less than first_retry_seconds"},
      {exec + "[processor]\nhandlers_at_once = 0",
       "5: processor.handlers_at_once must be a whole number from 1 to 256"},
      {exec + "[processor]\nstop_grace_seconds = 3601",
       "5: processor.stop_grace_seconds must be a whole number from 0 to 3600"},
  };
  for (const auto& [toml, expected] : table) {
    const std::string message = c.refusal(toml);
    BOOST_TEST(message.find(expected) != std::string::npos, toml << "\n" << message);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
