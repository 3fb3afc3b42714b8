// payhook-fcgi as a plain CGI program: the same routes and answers, one process per request.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "tests/end_to_end/tested_stack.h"
#include "tests/support/cgi_text.h"

namespace payhook::test {

namespace {

struct CgiRequest {
  std::string method;
  std::string uri;
  std::string body = {};
  std::map<std::string, std::string> variables = {};
  std::vector<std::string> arguments = {};
};

CgiRequest post(std::string body) {
  return {
      "POST", std::string(k_webhooks), std::move(body), {{"CONTENT_TYPE", "application/json"}}, {}};
}

CgiRequest get(std::string uri) { return {"GET", std::move(uri)}; }

/// A web server that runs the program anew for each request.
struct CgiServer {
  CgiServer() { test::run(stack.create_database_command()); }

  TestedStack stack;

  Outcome run(const CgiRequest& request) const {
    std::vector<std::string> variables{
        "GATEWAY_INTERFACE=CGI/1.1",  "SERVER_PROTOCOL=HTTP/1.1",
        "REMOTE_ADDR=192.0.2.7",      "REQUEST_METHOD=" + request.method,
        "REQUEST_URI=" + request.uri, "PAYHOOK_CONFIG=" + config().string()};
    for (const auto& [name, value] : request.variables) {
      variables.push_back(fmt::format("{}={}", name, value));
    }
    if (!request.body.empty() && request.variables.count("CONTENT_LENGTH") == 0) {
      variables.push_back(fmt::format("CONTENT_LENGTH={}", request.body.size()));
    }
    CommandLine command{{PAYHOOK_FCGI}, environment(variables)};
    command.arguments.insert(command.arguments.end(), request.arguments.begin(),
                             request.arguments.end());
    return test::run(command, request.body);
  }

  /// The program's output as the web server passes it on; it must have ended well.
  Response answer(const CgiRequest& request) const {
    const Outcome outcome = run(request);
    BOOST_TEST((outcome.status == 0), outcome.errors);
    return parse_cgi_text(outcome.output);
  }

  std::filesystem::path config() const { return stack.directory() / "payhook.toml"; }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(all_routes_answer_as_behind_nginx, CgiServer) {
  const Response health = answer(get("/"));
  BOOST_TEST(health.status == 200);
  BOOST_TEST(health.body.starts_with(R"({"status": "HEALTHY", "current_time": ")"));
  BOOST_TEST(header(health, "Content-Type") == "application/json");
  BOOST_TEST(header(health, "Cache-Control") == "no-store");
  BOOST_TEST(header(health, "X-Content-Type-Options") == "nosniff");
  BOOST_TEST(header(health, "X-Request-Id") != "");

  const Response received = answer(post(webhook("cgi_1", "1500.50")));
  BOOST_TEST(received.status == 202);
  BOOST_TEST(received.body == k_received);

  const Response status = answer(get(path_of("cgi_1") + "?x=1"));
  BOOST_TEST(status.status == 200);
  BOOST_TEST(status.body.find(R"("amount": 1500.5, "currency": "INR", "status": "PROCESSING")") !=
             std::string::npos);
  BOOST_TEST(answer(get(path_of("other"))).body == R"({"message": "Transaction not found"})");
  BOOST_TEST(answer(get("/nowhere")).body == R"({"message": "Not found"})");

  const Response head = answer({"HEAD", path_of("cgi_1")});
  BOOST_TEST(head.status == 200);
  BOOST_TEST(head.body == "");
  BOOST_TEST(header(head, "Content-Length") == std::to_string(status.body.size()));

  const Response wrong_method = answer({"DELETE", path_of("cgi_1")});
  BOOST_TEST(wrong_method.status == 405);
  BOOST_TEST(header(wrong_method, "Allow") == "GET, HEAD, OPTIONS");
  BOOST_TEST(answer({"OPTIONS", std::string(k_webhooks)}).status == 204);
  BOOST_TEST(Database(stack.database()).text("SELECT remote_address FROM transactions") ==
             "192.0.2.7");
}

BOOST_FIXTURE_TEST_CASE(duplicates_change_nothing_and_conflicts_are_recorded, CgiServer) {
  for (const auto* amount : {"500", "\"500.00\"", "501"}) {
    BOOST_TEST(answer(post(webhook("cgi_1", amount))).status == 202);
  }
  const Database database(stack.database());
  BOOST_TEST(database.number("SELECT count(*) FROM transactions") == 1);
  BOOST_TEST(database.text("SELECT amount FROM transactions") == "500.0");
  BOOST_TEST(database.texts("SELECT amount FROM conflicts") == std::vector<std::string>{"501.0"},
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(with_no_processor_the_requests_index_ids, CgiServer) {
  insert_backlog(stack.database(), 40'000);
  BOOST_TEST(answer(post(webhook("cgi_1"))).status == 202);
  BOOST_TEST(Database(stack.database()).number("SELECT indexed_until FROM id_index_state") >= 8192);
  BOOST_TEST(answer(get(path_of("backlog_1"))).status == 200);
}

BOOST_FIXTURE_TEST_CASE(what_is_refused_behind_nginx_is_refused_here, CgiServer) {
  const auto message = [this](const CgiRequest& request) { return answer(request).body; };
  BOOST_TEST(message(post(webhook("fine"))) == k_received);
  BOOST_TEST(message(post("{")) == R"({"message": "Invalid JSON"})");
  BOOST_TEST(message(post("")) == R"({"message": "Invalid JSON"})");
  BOOST_TEST(message(post("{}")) == R"({"message": "Missing required fields"})");

  CgiRequest cut_short = post(webhook("cgi_1"));
  cut_short.variables["CONTENT_LENGTH"] = std::to_string(cut_short.body.size() + 1);
  BOOST_TEST(message(cut_short) == R"({"message": "Invalid JSON"})");

  CgiRequest no_type = post(webhook("cgi_1"));
  no_type.variables.erase("CONTENT_TYPE");
  BOOST_TEST(message(no_type) == R"({"message": "Content-Type must be application/json"})");

  CgiRequest too_large = post(std::string(100'000, ' '));
  BOOST_TEST(message(too_large) == R"({"message": "Payload too large"})");
  too_large.variables["CONTENT_LENGTH"] = "99999999999999999999999";
  BOOST_TEST(message(too_large) == R"({"message": "Payload too large"})");
  BOOST_TEST(Database(stack.database()).number("SELECT count(*) FROM transactions") == 1);
}

BOOST_FIXTURE_TEST_CASE(only_so_much_is_read_as_was_announced, CgiServer) {
  CgiRequest longer = post(webhook("cgi_1") + "and what belongs to nobody");
  longer.variables["CONTENT_LENGTH"] = std::to_string(webhook("cgi_1").size());
  BOOST_TEST(answer(longer).status == 202);
}

BOOST_FIXTURE_TEST_CASE(words_of_the_query_string_are_not_taken_for_options, CgiServer) {
  // "GET /?--version" reaches a CGI program as an argument.
  for (const auto* word : {"--version", "--help", "--check-config", "--config=/etc/shadow", "-x"}) {
    CgiRequest request = get(fmt::format("/?{}", word));
    request.arguments = {word};
    BOOST_TEST(answer(request).body.starts_with(R"({"status": "HEALTHY")"));
  }
}

BOOST_FIXTURE_TEST_CASE(twenty_at_once_with_one_id_are_all_202_and_one_row, CgiServer) {
  std::vector<Outcome> outcomes(20);
  {
    std::vector<std::jthread> threads;
    for (Outcome& outcome : outcomes) {
      threads.emplace_back([this, &outcome] { outcome = run(post(webhook("same"))); });
    }
  }
  for (const Outcome& outcome : outcomes) {
    BOOST_TEST((outcome.status == 0));
    BOOST_TEST(outcome.output.starts_with("Status: 202 "), outcome.output << outcome.errors);
  }
  BOOST_TEST(Database(stack.database()).number("SELECT count(*) FROM transactions") == 1);
}

BOOST_FIXTURE_TEST_CASE(while_the_store_cannot_be_used_webhooks_are_answered_503, CgiServer) {
  BOOST_TEST(answer(post(webhook("before"))).status == 202);
  const HeldTurn turn(stack.database());
  const Response response = answer(post(webhook("cgi_1")));
  BOOST_TEST(response.status == 503);
  BOOST_TEST(response.body == R"({"message": "Temporarily unavailable"})");
  BOOST_TEST(header(response, "Retry-After") != "");
}

BOOST_FIXTURE_TEST_CASE(without_its_directory_webhooks_are_answered_503_and_the_log_says_why,
                        CgiServer) {
  std::ofstream(config()) << "database = \"/nonexistent/payhook/db.sqlite\"\n";
  const Outcome outcome = run(post(webhook("cgi_1")));
  BOOST_TEST(outcome.output.starts_with("Status: 503 "), outcome.output);
  BOOST_TEST(outcome.errors.find("/nonexistent/payhook/db.sqlite does not exist") !=
             std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(health_and_refusals_need_no_database, CgiServer) {
  std::ofstream(config()) << "database = \"/nonexistent/payhook/db.sqlite\"\n";
  BOOST_TEST(answer(get("/")).status == 200);
  BOOST_TEST(answer(get("/nowhere")).status == 404);
  BOOST_TEST(answer(post("{}")).status == 400);
}

}  // namespace payhook::test
