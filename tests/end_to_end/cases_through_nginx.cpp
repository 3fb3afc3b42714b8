// Runs every file of tests/cases through nginx and the real programs; the same files run in
// process elsewhere.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <map>
#include <vector>

#include "tests/end_to_end/tested_stack.h"
#include "tests/support/case_file.h"

namespace payhook::test {

namespace {

/// nginx refuses some requests while they are still being sent, and says so by closing; each
/// exchange begins on a connection of its own, so that no case depends on another.
Response send(const Stack& stack, const CaseExchange& exchange) {
  std::string request = fmt::format("{} {} HTTP/1.1\r\n", exchange.method, exchange.target);
  if (!exchange.has_header("Host")) {
    request += "Host: payhook.test\r\n";
  }
  for (const Header& header : exchange.headers) {
    request += fmt::format("{}: {}\r\n", header.name, header.value);
  }
  if (exchange.needs_content_length()) {
    request += fmt::format("Content-Length: {}\r\n", exchange.body.size());
  }
  HttpClient client = stack.client();
  client.send(request + "\r\n" + exchange.body);
  return client.receive(exchange.method);
}

/// Case files know nothing of each other, and may use the same ids.
void begin_anew(Stack& stack) {
  // A program that the kernel is still loading does not hear a signal: it is killed by it.
  stack.wait_until_responder_ready();
  stack.wait_until_daemon_ready();
  for (Program* program : {&stack.responder(), &stack.daemon()}) {
    program->signal(SIGTERM);
    BOOST_REQUIRE(program->wait() == 0);
  }
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(stack.database().string() + suffix);
  }
  stack.start_responder();
  stack.start_daemon();
  stack.wait_until_healthy();
}

void run(Stack& stack, const CaseFile& file) {
  for (const CaseExchange& exchange : file.exchanges) {
    BOOST_TEST_CONTEXT(file.path.string() << ":" << exchange.line << ": " << file.sentence) {
      try {
        BOOST_TEST(difference(exchange, send(stack, exchange)) == "");
      } catch (const NoAnswer& e) {
        BOOST_ERROR(e.what());
      }
    }
  }
}

std::map<std::string, std::vector<CaseFile>> cases_by_configuration() {
  std::map<std::string, std::vector<CaseFile>> cases;
  for (const auto& path : case_files_in(PAYHOOK_SOURCE_DIR "/tests/cases")) {
    CaseFile file = read_case_file(path);
    if (file.runs_in(CaseFile::Runner::NGINX)) {
      cases[file.config].push_back(std::move(file));
    }
  }
  return cases;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_case_holds_through_nginx) {
  std::size_t count = 0;
  for (const auto& [config, files] : cases_by_configuration()) {
    const TemporaryDirectory secrets;
    TestedStack stack({.toml = config_of(files.front(), secrets.path())});
    stack.start();
    for (const CaseFile& file : files) {
      run(stack, file);
      begin_anew(stack);
      ++count;
    }
  }
  BOOST_TEST_MESSAGE(count << " case files");
  BOOST_TEST(count > 0);
}

}  // namespace payhook::test
