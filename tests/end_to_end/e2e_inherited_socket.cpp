// The responder on a socket that whoever started it has bound: systemd's protocol (LISTEN_FDS), and
// a socket on descriptor 0, as web servers that start their responders hand it over.

#include <sys/socket.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>

#include "tests/end_to_end/tested_stack.h"
#include "tests/support/fastcgi_peer.h"

namespace payhook::test {

namespace {

UniqueFd unix_socket(const std::filesystem::path& path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  BOOST_REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

/// A stack whose responder gets a socket that the test has bound, as systemd's socket unit does.
struct SocketUnit {
  TestedStack stack;
  UniqueFd socket = listening(stack.socket());
  Program responder;

  static UniqueFd listening(const std::filesystem::path& path) {
    UniqueFd bound = unix_socket(path);
    BOOST_REQUIRE(::listen(bound.get(), 128) == 0);
    return bound;
  }

  enum class As { LISTEN_FD, STANDARD_INPUT };

  CommandLine command(As as) const {
    CommandLine command = stack.responder_command();
    (as == As::LISTEN_FD ? command.listen_fd : command.input) = socket.get();
    return command;
  }

  void start_without_database(As as = As::LISTEN_FD) {
    responder = Program(command(as), stack.directory() / "payhook-fcgi.out",
                        stack.directory() / "payhook-fcgi.err");
  }

  void start(As as) {
    run(stack.create_database_command());
    start_without_database(as);
  }

  void check_serves_and_ends() {
    stack.start_nginx();
    stack.wait_until_healthy();
    HttpClient client = stack.client();
    for (const auto* id : {"inherited_1", "inherited_2"}) {
      BOOST_TEST(client.post_json(k_webhooks, webhook(id)).status == 202);
      BOOST_TEST(client.get(path_of(id)).status == 200);
    }
    responder.signal(SIGTERM);
    BOOST_TEST((responder.wait() == 0));
    BOOST_TEST(std::filesystem::exists(stack.socket()), "the socket is its owner's to remove");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_responder_serves_the_socket_that_systemd_hands_over, SocketUnit) {
  start(As::LISTEN_FD);
  check_serves_and_ends();
}

BOOST_FIXTURE_TEST_CASE(the_responder_serves_a_socket_on_descriptor_0, SocketUnit) {
  start(As::STANDARD_INPUT);
  check_serves_and_ends();
}

BOOST_FIXTURE_TEST_CASE(requests_that_came_before_the_responder_are_served_by_it, SocketUnit) {
  FastCgiPeer early(stack.socket());
  BOOST_TEST(early.send(webhook_request("early").bytes()));
  start(As::LISTEN_FD);
  BOOST_TEST(early.receive().status == 202);
}

BOOST_FIXTURE_TEST_CASE(a_restarted_responder_goes_on_with_the_same_socket, SocketUnit) {
  stack.start_nginx();
  for (int i = 0; i < 5; ++i) {
    start(As::LISTEN_FD);
    stack.wait_until_healthy();
    HttpClient client = stack.client();
    BOOST_TEST(client.post_json(k_webhooks, webhook("again")).status == 202);
    if (i % 2 == 0) {
      responder.signal(SIGTERM);
      BOOST_TEST((responder.wait() == 0));
    } else {
      responder.kill();
    }
    // Nobody is there to answer, but the socket still listens: the request waits for the next.
    client.send(http_post(webhook("between")));
    start(As::LISTEN_FD);
    BOOST_TEST(client.receive().status == 202);
  }
  BOOST_TEST(Database(stack.database()).number("SELECT count(*) FROM transactions") == 2);
}

BOOST_FIXTURE_TEST_CASE(without_a_database_requests_are_answered_503_before_the_end, SocketUnit) {
  stack.start_nginx();
  start_without_database();
  HttpClient client = stack.client();
  const Response response = client.post_json(k_webhooks, webhook("early"));
  BOOST_TEST(response.status == 503);
  BOOST_TEST(header(response, "Retry-After") == "5");
  BOOST_TEST((responder.wait() == 66));
  const std::string log = stack.log_of("payhook-fcgi");
  BOOST_TEST(log.find("does not exist") != std::string::npos, log);
  start(As::LISTEN_FD);
  BOOST_TEST(client.post_json(k_webhooks, webhook("early")).status == 202);
}

BOOST_FIXTURE_TEST_CASE(without_a_database_all_that_needs_none_is_answered_as_always, SocketUnit) {
  start_without_database();
  const std::pair<std::string, int> answers[] = {
      {get_request("/").bytes(), 200},
      {get_request("/nowhere").bytes(), 404},
      {get_request(std::string(k_webhooks)).bytes(), 405},
      {get_request("/v1/transactions/txn").bytes(), 503},
      {get_request("/v1/transactions/%zz").bytes(), 404},
      {webhook_request("txn").bytes(), 503},
      {webhook_request("").bytes(), 400},
  };
  FastCgiPeer peer(stack.socket());
  for (const auto& [request, status] : answers) {
    BOOST_TEST(peer.send(request));
    BOOST_TEST(peer.receive().status == status);
  }
}

BOOST_FIXTURE_TEST_CASE(told_to_stop_while_it_answers_503_it_ends_at_once, SocketUnit) {
  start_without_database();
  FastCgiPeer peer(stack.socket());
  BOOST_TEST(peer.exchange(webhook_request("txn")).status == 503);
  responder.signal(SIGTERM);
  BOOST_TEST((responder.wait() == 0));
  const std::string log = stack.log_of("payhook-fcgi");
  BOOST_TEST(log.ends_with("stopped before it was ready\n"), log);
}

BOOST_FIXTURE_TEST_CASE(while_it_answers_503_it_reads_its_configuration_again, SocketUnit) {
  start_without_database();
  FastCgiPeer peer(stack.socket());
  BOOST_TEST(peer.exchange(webhook_request("txn")).status == 503);
  std::ofstream(stack.directory() / "more.toml") << "responder.max_body_bytes = 10\n";
  responder.signal(SIGHUP);
  BOOST_TEST(eventually([&] { return peer.exchange(webhook_request("txn")).status == 413; }));
  BOOST_TEST((responder.wait() == 66));
}

BOOST_FIXTURE_TEST_CASE(a_wrong_configuration_ends_it_at_once_whatever_it_was_handed, SocketUnit) {
  CommandLine wrong = command(As::LISTEN_FD);
  std::ofstream(stack.directory() / "more.toml") << "nonsense = 1\n";
  FastCgiPeer early(stack.socket());
  BOOST_TEST(early.send(webhook_request("early").bytes()));
  BOOST_TEST((run(wrong).status == 78));
  std::ofstream(stack.directory() / "more.toml") << "";
  start(As::LISTEN_FD);
  BOOST_TEST(early.receive().status == 202, "the request has waited");
}

BOOST_FIXTURE_TEST_CASE(a_socket_that_does_not_listen_is_refused_as_a_wrong_configuration,
                        SocketUnit) {
  const UniqueFd bound = unix_socket(stack.directory() / "other.sock");
  CommandLine wrong = stack.responder_command();
  wrong.listen_fd = bound.get();
  const Outcome outcome = run(wrong);
  BOOST_TEST((outcome.status == 78));
  BOOST_TEST(outcome.errors.find("no listening socket") != std::string::npos);
}

}  // namespace payhook::test
