#include "fcgi/cgi.h"

#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <future>
#include <sstream>
#include <thread>

#include "tests/support/captured_output.h"
#include "tests/support/cgi_text.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_store.h"
#include "tests/support/fastcgi_peer.h"

namespace payhook::test {

namespace {

using Fault = FakeStore::Fault;

struct Ran {
  int exit_status;
  Response response;
};

struct Cgi {
  /// Runs the program with the parameters as its environment and `input` to be read, whose end the
  /// web server does not close: a program that reads on would wait for ever.
  Ran run(const FastCgiRequest& request, const std::string& input) {
    std::vector<std::string> variables{"NO_EQUALS_SIGN", "=", "PATH=/bin"};
    for (const auto& [name, value] : request.parameters) {
      variables.push_back(name + '=' + value);
    }
    std::vector<const char*> environment;
    for (const std::string& variable : variables) {
      environment.push_back(variable.c_str());
    }
    environment.push_back(nullptr);
    auto [reading, writing] = socket_pair();
    ::fcntl(reading.get(), F_SETFL, 0);
    FastCgiPeer web_server(std::move(writing));
    std::jthread sender([&] { web_server.send(input); });
    std::ostringstream output;
    const int status = serve_cgi(config, clock, store, environment.data(), reading.get(), output);
    reading.reset();  // ends the sender, where not all was read
    return {status, parse_cgi_text(output.str())};
  }

  Ran run(const FastCgiRequest& request) { return run(request, request.body); }

  Config config;
  FakeClock clock;
  FakeStore store;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(cgi)

BOOST_AUTO_TEST_CASE(a_webhook_is_stored_and_can_be_looked_up) {
  Cgi cgi;
  const Ran posted = cgi.run(webhook_request("t"));
  BOOST_TEST(posted.exit_status == EX_OK);
  BOOST_TEST(posted.response.status == 202);
  BOOST_TEST(cgi.store.rows().size() == 1);
  const Ran looked_up = cgi.run(get_request("/v1/transactions/t"));
  BOOST_TEST(looked_up.exit_status == EX_OK);
  BOOST_TEST(looked_up.response.status == 200);
  BOOST_TEST(looked_up.response.body.starts_with(R"({"transaction_id": "t", )"));
}

BOOST_AUTO_TEST_CASE(the_root_answers) {
  Cgi cgi;
  const Ran ran = cgi.run(get_request("/"));
  BOOST_TEST(ran.response.status == 200);
  BOOST_TEST(ran.response.body ==
             R"({"status": "HEALTHY", "current_time": "2025-11-08T14:30:00Z"})");
}

BOOST_AUTO_TEST_CASE(nothing_is_read_beyond_the_announced_length) {
  Cgi cgi;
  const FastCgiRequest request = webhook_request("t");
  BOOST_TEST(cgi.run(request, request.body + "the next thing").response.status == 202);
}

BOOST_AUTO_TEST_CASE(a_body_shorter_than_announced_is_no_json) {
  Cgi cgi;
  FastCgiRequest request = webhook_request("t");
  request.parameters[3].second = std::to_string(request.body.size() + 1);
  auto [reading, writing] = socket_pair();
  ::fcntl(reading.get(), F_SETFL, 0);
  FastCgiPeer(std::move(writing)).send(request.body);  // and closes
  std::vector<std::string> variables;
  for (const auto& [name, value] : request.parameters) {
    variables.push_back(name + '=' + value);
  }
  std::vector<const char*> environment;
  for (const std::string& variable : variables) {
    environment.push_back(variable.c_str());
  }
  environment.push_back(nullptr);
  std::ostringstream output;
  BOOST_TEST(serve_cgi(cgi.config, cgi.clock, cgi.store, environment.data(), reading.get(),
                       output) == EX_OK);
  BOOST_TEST(parse_cgi_text(output.str()).status == 400);
  BOOST_TEST(cgi.store.rows().empty());
}

BOOST_AUTO_TEST_CASE(the_largest_body_is_accepted_and_a_larger_one_refused) {
  Cgi cgi;
  FastCgiRequest request = webhook_request("t");
  request.body.append(cgi.config.max_body_bytes() - request.body.size(), ' ');
  request.parameters[3].second = std::to_string(request.body.size());
  BOOST_TEST(cgi.run(request).response.status == 202);
  request.body += ' ';
  request.parameters[3].second = std::to_string(request.body.size());
  BOOST_TEST(cgi.run(request).response.status == 413);
}

BOOST_AUTO_TEST_CASE(a_huge_body_is_refused_without_being_read_to_its_end) {
  Cgi cgi;
  FastCgiRequest request = webhook_request("t");
  request.parameters[3].second = "1000000000000";
  BOOST_TEST(cgi.run(request, std::string(std::size_t{1} << 20, 'x')).response.status == 413);
  request.parameters[3].second = std::string(40, '9');
  BOOST_TEST(cgi.run(request, "x").response.status == 413);
}

BOOST_AUTO_TEST_CASE(a_length_that_is_no_number_reads_nothing) {
  Cgi cgi;
  for (const char* length : {"", "many", "-1"}) {
    FastCgiRequest request = webhook_request("t");
    request.parameters[3].second = length;
    BOOST_TEST(cgi.run(request).response.status == 400, length);
  }
}

BOOST_AUTO_TEST_CASE(a_store_that_is_busy_is_waited_for) {
  // The responder's patience, not the moment that it has left when it is told to stop.
  Cgi cgi;
  cgi.store.fail_times(Fault::TIMEOUT, 3);
  BOOST_TEST(cgi.run(webhook_request("t")).response.status == 202);
  BOOST_TEST(cgi.store.batches().size() == 4);
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_be_written_is_answered_503) {
  Cgi cgi;
  cgi.store.fail(Fault::UNAVAILABLE);
  CapturedOutput log(2);
  const Ran ran = cgi.run(webhook_request("t"));
  const std::string lines = log.stop();
  BOOST_TEST(ran.response.status == 503);
  BOOST_TEST(ran.response.body == R"({"message": "Temporarily unavailable"})");
  BOOST_TEST(lines.find("error: ") != std::string::npos, lines);
}

BOOST_AUTO_TEST_CASE(a_store_that_breaks_is_answered_503_and_decides_the_exit_status) {
  Cgi cgi;
  cgi.store.fail(Fault::BROKEN);
  const Ran ran = cgi.run(webhook_request("t"));
  BOOST_TEST(ran.response.status == 503);
  BOOST_TEST(ran.exit_status == FakeStore::k_broken_exit_status);
}

BOOST_AUTO_TEST_CASE(the_answer_does_not_wait_for_upkeep) {
  /// An output that tells when it is flushed.
  struct Output final : std::stringbuf {
    int sync() override {
      flushed.set_value();
      return 0;
    }
    std::promise<void> flushed;
  } buffer;
  Cgi cgi;
  std::future<void> flushed = buffer.flushed.get_future();
  auto answered = std::future_status::deferred;
  cgi.store.before_upkeep([&] { answered = flushed.wait_for(std::chrono::seconds{60}); });
  const FastCgiRequest request = webhook_request("t");
  std::vector<std::string> variables;
  for (const auto& [name, value] : request.parameters) {
    variables.push_back(name + '=' + value);
  }
  std::vector<const char*> environment;
  for (const std::string& variable : variables) {
    environment.push_back(variable.c_str());
  }
  environment.push_back(nullptr);
  auto [reading, writing] = socket_pair();
  ::fcntl(reading.get(), F_SETFL, 0);
  FastCgiPeer(std::move(writing)).send(request.body);
  std::ostream output(&buffer);
  BOOST_TEST(serve_cgi(cgi.config, cgi.clock, cgi.store, environment.data(), reading.get(),
                       output) == EX_OK);
  BOOST_TEST((answered == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(an_output_that_cannot_be_written_is_an_error) {
  Cgi cgi;
  const char* const environment[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/", nullptr};
  std::ostringstream output;
  output.setstate(std::ios::badbit);
  BOOST_TEST(serve_cgi(cgi.config, cgi.clock, cgi.store, environment, -1, output) == EX_IOERR);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
