// What happens on connections: bodies of awkward sizes, forged records, clients that vanish, peers
// that are no web servers, and crowds.

#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <list>
#include <vector>

#include "tests/end_to_end/tested_stack.h"
#include "tests/support/fastcgi_peer.h"

namespace payhook::test {

namespace {

/// What a client would like to be taken for a request from nginx.
std::string forged_webhook() {
  FastCgiRequest request = webhook_request("forged");
  request.parameters.emplace_back("REMOTE_ADDR", "6.6.6.6");
  return request.bytes();
}

/// The body, made `size` bytes long by a field that nobody reads.
std::string padded_to(std::size_t size, std::string_view body) {
  constexpr std::string_view k_field = R"(,"note":"")";
  std::string text(body.substr(0, body.size() - 1));
  text.append(R"(,"note":")");
  text.append(size - body.size() - k_field.size(), 'x');
  return text.append(R"("})");
}

std::int64_t rows(const Database& database) {
  return database.number("SELECT count(*) FROM transactions");
}

}  // namespace

BOOST_AUTO_TEST_CASE(bodies_of_every_size_around_libfcgis_buffer_are_stored_as_they_came) {
  TestedStack stack;
  stack.start();
  HttpClient client = stack.client();
  for (std::size_t size = 7000; size <= 9000; ++size) {
    const std::string id = fmt::format("size_{}", size);
    const Response received = client.post_json(k_webhooks, padded_to(size, webhook(id)));
    BOOST_REQUIRE_MESSAGE(received.status == 202, size << " bytes: " << received.status);
    const Response status = client.get(path_of(id));
    BOOST_REQUIRE_MESSAGE(status.body.starts_with(fmt::format(R"({{"transaction_id": "{}", )", id)),
                          size << " bytes: " << status.body);
  }
  const Database database(stack.database());
  BOOST_TEST(rows(database) == 2001);
  BOOST_TEST(database.number("SELECT count(*) FROM transactions "
                             "WHERE 'size_' || length(body) <> transaction_id") == 0);
}

BOOST_AUTO_TEST_CASE(refused_bodies_of_every_size_leave_the_connection_in_step) {
  TestedStack stack;
  stack.start();
  HttpClient client = stack.client();
  for (std::size_t size = 7000; size <= 9000; ++size) {
    const std::string body(size, '[');
    const Response wrong_type =
        client.request("POST", k_webhooks, {{"Content-Type", "text/plain"}}, body);
    BOOST_REQUIRE_MESSAGE(wrong_type.status == 415, size << " bytes: " << wrong_type.status);
    const Response wrong_json = client.post_json(k_webhooks, body);
    BOOST_REQUIRE_MESSAGE(wrong_json.body == R"({"message": "Invalid JSON"})",
                          size << " bytes: " << wrong_json.body);
    const Response wrong_path = client.post_json("/nowhere", body);
    BOOST_REQUIRE_MESSAGE(wrong_path.status == 404, size << " bytes: " << wrong_path.status);
    BOOST_REQUIRE_MESSAGE(client.get("/").status == 200, size << " bytes");
  }
  BOOST_TEST(rows(Database(stack.database())) == 0);
}

BOOST_AUTO_TEST_CASE(a_get_with_a_body_does_not_disturb_the_next_request) {
  TestedStack stack;
  stack.start();
  HttpClient client = stack.client();
  const std::string forged = forged_webhook();
  for (int i = 0; i < 50; ++i) {
    BOOST_REQUIRE(client.request("GET", "/", {}, forged).status == 200);
    BOOST_REQUIRE(client.request("GET", path_of("forged"), {}, forged).status == 404);
  }
  BOOST_TEST(rows(Database(stack.database())) == 0);
}

BOOST_AUTO_TEST_CASE(requests_forged_inside_refused_bodies_are_neither_served_nor_stored) {
  // One worker and one connection upstream, so that every request follows a poisoned one.
  TestedStack stack({.nginx_workers = 1});
  stack.start();
  HttpClient client = stack.client();
  const std::string forged = forged_webhook();
  const std::string forged_get = get_request("/").bytes();
  // Beyond libfcgi's buffer of 8192 bytes, the forged records begin where another read would.
  for (const std::size_t before : {0U, 1U, 7000U, 7658U, 7659U, 7660U, 7664U, 8000U, 8176U, 8184U,
                                   8192U, 16384U, 32768U, 40000U, 60000U}) {
    for (const std::string& records : {forged, forged_get, forged + forged_get}) {
      const std::string body = std::string(before, ' ') + records;
      for (const auto* type : {"text/plain", "application/json", ""}) {
        const Response refused = client.request("POST", k_webhooks, {{"Content-Type", type}}, body);
        const int expected = *type == 'a' ? 400 : 415;
        BOOST_REQUIRE_MESSAGE(refused.status == expected, before << ": " << refused.status);
        BOOST_REQUIRE(client.get(path_of("forged")).status == 404);
        const std::string id =
            fmt::format("honest_{}_{}_{}", before, records.size(), std::string_view(type).size());
        BOOST_REQUIRE(client.post_json(k_webhooks, webhook(id)).status == 202);
      }
    }
  }
  const Database database(stack.database());
  BOOST_TEST(database.number(
                 "SELECT count(*) FROM transactions WHERE remote_address <> '127.0.0.1'") == 0);
  BOOST_TEST(database.number("SELECT count(*) FROM transactions "
                             "WHERE transaction_id NOT LIKE 'honest_%'") == 0);
}

BOOST_AUTO_TEST_CASE(what_follows_a_body_over_the_limit_is_never_taken_for_a_request) {
  TestedStack stack({.toml = "responder.max_body_bytes = 1024\n"});
  stack.start_responder();
  stack.wait_until_responder_ready();
  const std::ptrdiff_t sockets = sockets_of(stack.responder());
  const std::string head = begin_request(1) + post_request(std::string(4096, ' ')).params_stream();
  const std::string kibibyte_of_body = record(k_stdin, 1, std::string(1016, ' '));
  const std::string filling_up = record(k_stdin, 1, std::string(1016 - head.size(), ' '));
  // Wherever the responder leaves off reading the body, which never ends: a request stands there.
  // It stands still meanwhile, so that it finds all of it when it begins to read.
  stack.responder().signal(SIGSTOP);
  BOOST_REQUIRE(stack.responder().wait_until_stopped());
  std::list<FastCgiPeer> peers;
  std::string bytes = head + filling_up;
  while (bytes.size() < std::size_t{160} << 10) {
    bytes += kibibyte_of_body;
    peers.emplace_back(stack.socket());
    BOOST_REQUIRE(peers.back().send(bytes + forged_webhook()));
  }
  peers.clear();
  stack.responder().signal(SIGCONT);
  // When a connection made later is served, all those are accepted; it is done with them when they
  // are closed.
  BOOST_TEST(FastCgiPeer(stack.socket()).exchange(get_request("/")).status == 200);
  BOOST_TEST(eventually([&] { return sockets_of(stack.responder()) == sockets; }));
  BOOST_TEST(rows(Database(stack.database())) == 0);
}

BOOST_AUTO_TEST_CASE(a_body_over_the_responders_own_limit_is_answered_413_every_time) {
  TestedStack stack({.toml = "responder.max_body_bytes = 1024\n"});
  stack.start();
  HttpClient client = stack.client();
  for (const std::size_t size : {1025U, 8192U, 40'000U, 65'536U}) {
    const std::string body = padded_to(size, webhook("too_large"));
    for (int i = 0; i < 200; ++i) {
      const Response response = client.post_json(k_webhooks, body);
      BOOST_REQUIRE_MESSAGE(response.status == 413,
                            size << " bytes, attempt " << i << ": " << response.status);
    }
  }
  BOOST_TEST(client.post_json(k_webhooks, webhook("small")).status == 202);
}

BOOST_AUTO_TEST_CASE(fifty_posts_of_one_id_at_once_are_all_202_and_one_row) {
  TestedStack stack;
  stack.start();
  const Database database(stack.database());
  for (const auto* id : {"same_1", "same_2", "same_3"}) {
    std::list<HttpClient> clients;
    {
      const HeldTurn turn(stack.database());  // none is committed before all are sent
      for (int i = 0; i < 50; ++i) {
        clients.push_back(stack.client());
        clients.back().send(http_post(webhook(id)));
      }
    }
    for (HttpClient& client : clients) {
      const Response response = client.receive();
      BOOST_TEST(response.status == 202);
      BOOST_TEST(response.body == k_received);
    }
    BOOST_TEST(database.number(fmt::format(
                   "SELECT count(*) FROM transactions WHERE transaction_id = '{}'", id)) == 1);
  }
  BOOST_TEST(database.number("SELECT count(*) FROM conflicts") == 0);
}

BOOST_AUTO_TEST_CASE(clients_that_vanish_while_their_webhooks_wait_harm_nobody) {
  TestedStack stack;
  stack.start();
  for (int round = 0; round < 5; ++round) {
    auto turn = std::make_unique<HeldTurn>(stack.database());
    std::list<HttpClient> clients;
    std::list<FastCgiPeer> peers;
    for (int i = 0; i < 100; ++i) {
      clients.push_back(stack.client());
      clients.back().send(http_post(webhook(fmt::format("vanished_{}_{}", round, i))));
      peers.emplace_back(stack.socket());
      peers.back().send(webhook_request(fmt::format("vanished_peer_{}_{}", round, i)).bytes());
    }
    // GET is answered by the loops that read the webhooks before it.
    BOOST_TEST(stack.client().get("/").status == 200);
    clients.clear();
    peers.clear();
    BOOST_TEST(stack.client().get("/").status == 200);
    turn.reset();
    BOOST_TEST(
        stack.client().post_json(k_webhooks, webhook(fmt::format("after_{}", round))).status ==
        202);
    BOOST_TEST(stack.responder().is_running());
  }
  const Database database(stack.database());
  // Whether nginx passes on a webhook whose client has gone is its affair, but these were passed on
  // whole: they are stored though nobody heard it.
  BOOST_TEST(eventually([&] {
    return database.number(
               "SELECT count(*) FROM transactions WHERE remote_address = '192.0.2.1'") == 500;
  }));
  BOOST_TEST(database.number("SELECT count(*) FROM transactions "
                             "WHERE transaction_id LIKE 'after_%'") == 5);
}

BOOST_AUTO_TEST_CASE(peers_that_send_half_a_request_and_fall_silent_delay_nobody) {
  TestedStack stack;
  stack.start();
  const std::string whole = webhook_request("half").bytes();
  std::list<FastCgiPeer> silent;
  for (std::size_t length = 0; length < whole.size(); length += 3) {
    silent.emplace_back(stack.socket());
    silent.back().send(std::string_view(whole).substr(0, length));
  }
  // A blocking read of one of them would never end.
  HttpClient client = stack.client();
  for (int i = 0; i < 100; ++i) {
    BOOST_REQUIRE(client.get("/").status == 200);
    BOOST_REQUIRE(client.post_json(k_webhooks, webhook(fmt::format("quick_{}", i))).status == 202);
  }
  // Half a request is not a request, whoever hangs up.
  silent.clear();
  BOOST_TEST(client.get(path_of("half")).status == 404);
}

BOOST_AUTO_TEST_CASE(a_request_that_comes_byte_by_byte_is_served) {
  TestedStack stack;
  stack.start();
  FastCgiPeer peer(stack.socket());
  for (const auto* id : {"slow_1", "slow_2"}) {
    for (const char byte : webhook_request(id).bytes()) {
      BOOST_REQUIRE(peer.send({&byte, 1}));
    }
    BOOST_TEST(peer.receive().status == 202);
  }
  BOOST_TEST(rows(Database(stack.database())) == 2);
}

BOOST_AUTO_TEST_CASE(peers_that_do_not_speak_fastcgi_are_dropped_and_nobody_else) {
  TestedStack stack;
  stack.start();
  const std::string begin = begin_request(1);
  const std::string huge_length{"\xff\xff\xff\xff", 4};
  // 0x7fffffff for name and value each: their sum overflows an int.
  const std::string huge_parameter = huge_length + huge_length + std::string(4000, 'A');
  const std::string ends = record(k_params, 1, "") + record(k_stdin, 1, "");
  const std::vector<std::string> garbage{
      // Long enough that what would be its first record's header announces less than there is.
      "GET / HTTP/1.1\r\nHost: payhook.test\r\nX-Padding: " + std::string(16'000, 'x') + "\r\n\r\n",
      std::string(200'000, '\0'),
      std::string(200'000, '\xff'),
      begin + begin,
      begin + record(k_stdin, 1, "{}") + ends,
      begin + record(k_params, 2, "") + ends,
      begin + record(k_params, 1, huge_parameter) + ends,
      begin + record(k_params, 1, huge_length) + ends,
      begin + record(k_params, 1, huge_length + "\x01N") + ends,
      begin + record(k_params, 1, std::string(65'535, '\x7f')) + ends,
      begin_request(1, AfterAnswer::KEEP, 2) + ends,
      begin_request(0) + ends,
      record(k_abort_request, 1, "") + begin,
      record(k_get_values, 0, ""),
  };
  HttpClient client = stack.client();
  for (std::size_t i = 0; i < garbage.size(); ++i) {
    BOOST_TEST_CONTEXT("garbage number " << i) {
      FastCgiPeer peer(stack.socket());
      peer.send(garbage[i]);
      BOOST_TEST(peer.is_closed());
      BOOST_REQUIRE(stack.responder().is_running());
      const std::string id = fmt::format("beside_garbage_{}", i);
      BOOST_TEST(client.post_json(k_webhooks, webhook(id)).status == 202);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_thousand_connections_at_once_are_served) {
  TestedStack stack;
  stack.start();
  std::list<HttpClient> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(stack.client());
    clients.back().connect();
  }
  for (int round = 0; round < 3; ++round) {
    int number = 0;
    for (HttpClient& client : clients) {
      client.send(http_post(webhook(fmt::format("crowd_{}_{}", round, number++))));
    }
    for (HttpClient& client : clients) {
      const Response response = client.receive();
      BOOST_REQUIRE_MESSAGE(response.status == 202, response.status << ' ' << response.body);
    }
  }
  BOOST_TEST(rows(Database(stack.database())) == 3000);
}

BOOST_AUTO_TEST_CASE(a_responder_that_ran_out_of_descriptors_serves_again_once_it_has_some) {
  TestedStack stack;
  stack.start();
  const rlimit few{40, 40};
  BOOST_REQUIRE(::prlimit(stack.responder().pid(), RLIMIT_NOFILE, &few, nullptr) == 0);
  for (int round = 0; round < 3; ++round) {
    std::list<FastCgiPeer> peers;
    for (int i = 0; i < 200; ++i) {
      peers.emplace_back(stack.socket());
      // Half a request, to be assembled when there is no descriptor for it either.
      peers.back().send(webhook_request("unfinished").bytes().substr(0, 100));
    }
    BOOST_TEST(eventually([&] {
      return stack.log_of("payhook-fcgi").find("cannot accept a connection") != std::string::npos;
    }));
    peers.clear();
    stack.wait_until_healthy();
    BOOST_TEST(
        stack.client().post_json(k_webhooks, webhook(fmt::format("fine_{}", round))).status == 202);
  }
}

// A byte is the beginning of a request.
BOOST_DATA_TEST_CASE(silent_connections_keep_nobody_from_being_served,
                     boost::unit_test::data::make({"", "\1"}), said) {
  TestedStack stack;
  stack.start();
  const rlimit few{64, 64};
  BOOST_REQUIRE(::prlimit(stack.responder().pid(), RLIMIT_NOFILE, &few, nullptr) == 0);
  std::list<FastCgiPeer> silent;
  for (int i = 0; i < 100; ++i) {
    silent.emplace_back(stack.socket()).send(said);
  }
  for (int i = 0; i < 20; ++i) {
    const FastCgiRequest direct = webhook_request(fmt::format("direct_{}", i));
    BOOST_TEST(eventually([&] {
      try {
        return FastCgiPeer(stack.socket()).exchange(direct).status == 202;
      } catch (const std::runtime_error&) {
        return false;  // it has been silent for too long itself, on a busy machine
      }
    }));
    BOOST_TEST(stack.client().post_json(k_webhooks, webhook(fmt::format("beside_{}", i))).status ==
               202);
  }
}

BOOST_AUTO_TEST_CASE(a_sender_that_closes_its_half_after_a_request_gets_its_answer) {
  TestedStack stack;
  stack.start();
  auto turn = std::make_unique<HeldTurn>(stack.database());  // so it has closed before the answer
  std::list<HttpClient> clients;
  for (int i = 0; i < 7; ++i) {
    clients.push_back(stack.client());
    clients.back().send(http_post(webhook(fmt::format("half_{}", i))));
    clients.back().end_sending();
  }
  // What came before it, nginx and the responder have read; so they have of those that closed.
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(stack.client().get("/").status == 200);
  }
  turn.reset();
  for (HttpClient& client : clients) {
    BOOST_TEST(client.receive().status == 202);
  }
}

BOOST_AUTO_TEST_CASE(clients_that_vanish_leave_no_connection_to_the_responder_behind) {
  TestedStack stack({.nginx_workers = 1});
  stack.start();
  BOOST_TEST(stack.client().get("/").status == 200);
  for (int round = 0; round < 3; ++round) {
    auto turn = std::make_unique<HeldTurn>(stack.database());
    std::list<HttpClient> clients;
    for (int i = 0; i < 50; ++i) {
      clients.push_back(stack.client());
      clients.back().send(http_post(webhook(fmt::format("vanished_{}_{}", round, i))));
    }
    BOOST_TEST(stack.client().get("/").status == 200);
    clients.clear();
    BOOST_TEST(stack.client().get("/").status == 200);
    turn.reset();
    BOOST_TEST(stack.client().post_json(k_webhooks, webhook("after")).status == 202);
    // nginx uses those of one round again in the next.
    BOOST_TEST(sockets_of(stack.responder()) < 80);
  }
}

BOOST_AUTO_TEST_CASE(large_bodies_take_no_more_memory_than_their_bound_whatever_becomes_of_them) {
  constexpr std::size_t k_mebibyte = std::size_t{1} << 20;
  TestedStack stack({.toml = "responder.max_body_bytes = 1048576\n"});
  stack.start_responder();
  stack.wait_until_responder_ready();
  const std::size_t before = peak_memory_kib(stack.responder());
  std::list<FastCgiPeer> peers;
  // Refused, each on a connection that stays; then some of which the end does not come, in small
  // records.
  const std::string refused = post_request(std::string(k_mebibyte, '[')).bytes();
  for (int i = 0; i < 200; ++i) {
    peers.emplace_back(stack.socket());
    BOOST_REQUIRE(peers.back().send(refused));
    BOOST_TEST(peers.back().receive().status == 400);
  }
  FastCgiRequest cut_small = post_request(std::string(k_mebibyte, '['));
  cut_small.bytes_of_a_record = 64;
  const std::string endless = cut_small.bytes();
  for (int i = 0; i < 100; ++i) {
    peers.emplace_back(stack.socket());
    peers.back().send(std::string_view(endless).substr(0, endless.size() - 100));
  }
  BOOST_TEST(FastCgiPeer(stack.socket()).exchange(webhook_request("small")).status == 202);
  BOOST_TEST(peak_memory_kib(stack.responder()) - before < 160 * 1024);
}

BOOST_AUTO_TEST_CASE(signals_that_are_none_of_its_business_do_not_stop_the_responder) {
  TestedStack stack;
  stack.start();
  HttpClient client = stack.client();
  // libfcgi takes SIGUSR1 for a wish to end; whoever rotates logs may send it.
  for (const int number : {SIGUSR1, SIGPIPE, SIGCONT}) {
    stack.responder().signal(number);
    for (int i = 0; i < 10; ++i) {
      BOOST_REQUIRE(client.get("/").status == 200);
      BOOST_REQUIRE(HttpClient(stack.port()).get("/").status == 200);
    }
  }
}

}  // namespace payhook::test
