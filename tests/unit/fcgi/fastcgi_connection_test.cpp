#include "fcgi/fastcgi_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <future>

#include "tests/support/child_process.h"
#include "tests/support/fastcgi_peer.h"

namespace payhook::test {

namespace {

using Input = FastCgiConnection::Input;

constexpr std::size_t k_limit = 65536;

/// What the programs do before their first connection.
struct PrepareProcess {
  PrepareProcess() {
    std::signal(SIGPIPE, SIG_IGN);
    FastCgiConnection::initialize();
  }
};
BOOST_TEST_GLOBAL_FIXTURE(PrepareProcess);

/// A connection and, at its other end, a web server.
struct Connected {
  explicit Connected(std::size_t max_body_bytes = k_limit)
      : Connected(max_body_bytes, own_budget) {}

  Connected(std::size_t max_body_bytes, MemoryBudget& shared)
      : Connected(max_body_bytes, shared, socket_pair()) {}

  Connected(std::size_t max_body_bytes, std::pair<UniqueFd, UniqueFd> sockets)
      : Connected(max_body_bytes, own_budget, std::move(sockets)) {}

  Connected(std::size_t max_body_bytes, MemoryBudget& shared, std::pair<UniqueFd, UniqueFd> sockets)
      : connection(std::move(sockets.first), shared, [this] { ++resumed; }),
        peer(std::move(sockets.second)),
        budget(shared),
        space(max_body_bytes, shared) {}

  Input receive() { return connection.receive(space); }

  /// Sends, receives, and answers with the path and the body that came.
  void serve(const FastCgiRequest& request) {
    BOOST_REQUIRE(peer.send(request.bytes()));
    BOOST_REQUIRE((receive() == Input::REQUEST));
    served = connection.request();
    answer();
  }

  void answer() {
    const HttpRequest& request = connection.request();
    connection.answer({200, std::string(request.uri()) + ' ' + request.body});
  }

  /// After the last answer, whatever the peer has sent beside: nothing is received until it closes.
  bool ends_with_its_peer() {
    const bool waits = receive() == Input::INCOMPLETE;
    peer.close();
    return waits && receive() == Input::CLOSED;
  }

  int resumed = 0;
  MemoryBudget own_budget{std::size_t{1} << 20};
  FastCgiConnection connection;
  HttpRequest served;  // last; its variables have gone with its answer
  FastCgiPeer peer;
  MemoryBudget& budget;
  ReceivingSpace space;
};

/// Two sockets between which hardly anything is on its way.
std::pair<UniqueFd, UniqueFd> narrow_socket_pair() {
  auto sockets = socket_pair();
  const int small = 1;
  ::setsockopt(sockets.first.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  return sockets;
}

bool is_this(const HttpRequest& request, const std::string& body) {
  const std::pair<MetaVariable, std::string> variables[] = {
      {MetaVariable::REQUEST_METHOD, "POST"},
      {MetaVariable::REQUEST_URI, "/v1/webhooks/transactions"},
      {MetaVariable::CONTENT_TYPE, "application/json"},
      {MetaVariable::CONTENT_LENGTH, std::to_string(body.size())},
      {MetaVariable::REMOTE_ADDR, "192.0.2.1"},
      {MetaVariable::REQUEST_ID, "0123456789abcdef"}};
  return std::all_of(std::begin(variables), std::end(variables),
                     [&request](const auto& variable) {
                       return request.variables.find(variable.first) == variable.second;
                     }) &&
         request.id == "0123456789abcdef" && request.body == body && request.cut == Cut::NOTHING;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fastcgi_connection)

BOOST_AUTO_TEST_CASE(a_whole_request_is_received_and_answered) {
  Connected c;
  const FastCgiRequest request = webhook_request("connection_1");
  BOOST_TEST(c.peer.send(request.bytes()));
  BOOST_TEST((c.receive() == Input::REQUEST));
  BOOST_TEST(is_this(c.connection.request(), request.body));
  BOOST_TEST(c.resumed == 0);
  c.connection.answer({202, "{}"});
  BOOST_TEST(c.resumed == 1);
  const Response response = c.peer.receive();
  BOOST_TEST(response.status == 202);
  BOOST_TEST(response.body == "{}");
  BOOST_TEST((c.receive() == Input::INCOMPLETE));
}

BOOST_AUTO_TEST_CASE(a_request_in_two_pieces_split_anywhere_is_received) {
  const FastCgiRequest request = webhook_request("connection_1");
  const std::string bytes = request.bytes();
  Connected c;
  for (std::size_t split = 1; split < bytes.size(); ++split) {
    BOOST_TEST(c.peer.send(bytes.substr(0, split)));
    BOOST_TEST((c.receive() == Input::INCOMPLETE), split);
    BOOST_TEST((c.receive() == Input::INCOMPLETE), split);
    BOOST_TEST(c.peer.send(bytes.substr(split)));
    BOOST_TEST((c.receive() == Input::REQUEST), split);
    BOOST_TEST(is_this(c.connection.request(), request.body), split);
    c.answer();
    BOOST_TEST(c.peer.receive().status == 200);
  }
}

BOOST_AUTO_TEST_CASE(a_request_byte_by_byte_is_received) {
  FastCgiRequest request = webhook_request("connection_1");
  request.bytes_of_a_record = 5;
  request.padding = 3;
  Connected c;
  const std::string bytes = request.bytes();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    BOOST_TEST(c.peer.send(bytes.substr(i, 1)));
    BOOST_TEST((c.receive() == (i + 1 < bytes.size() ? Input::INCOMPLETE : Input::REQUEST)), i);
  }
  BOOST_TEST(is_this(c.connection.request(), request.body));
  c.answer();
  BOOST_TEST(c.peer.receive().status == 200);
}

BOOST_AUTO_TEST_CASE(many_requests_come_on_one_connection_and_nothing_is_left_of_one_in_the_next) {
  Connected c;
  for (int i = 0; i < 300; ++i) {
    FastCgiRequest request = i % 3 == 0
                                 ? get_request("/" + std::to_string(i))
                                 : post_request(std::string(static_cast<std::size_t>(i) * 200,
                                                            static_cast<char>('a' + i % 26)));
    request.id = static_cast<std::uint16_t>(1 + i * 200);
    request.padding = static_cast<std::uint8_t>(i % 8);
    request.bytes_of_a_record = 8192;
    c.serve(request);
    BOOST_TEST(c.peer.receive(request.id).body ==
               request.parameters[1].second + ' ' + request.body);
  }
  BOOST_TEST(c.resumed == 300);
  FastCgiRequest bare;
  c.serve(bare);
  BOOST_TEST(c.peer.receive().body == " ");
}

BOOST_AUTO_TEST_CASE(bodies_of_every_size_around_libfcgis_buffer_are_read_to_their_end) {
  // Reading CONTENT_LENGTH bytes would leave the empty record at the end for the next request.
  Connected c;
  for (std::size_t size = 7500; size < 8300; size += 1) {
    const FastCgiRequest request = post_request(std::string(size, 'x'));
    c.serve(request);
    BOOST_REQUIRE(c.peer.receive().body.ends_with(' ' + request.body));
    BOOST_REQUIRE((c.receive() == Input::INCOMPLETE));
  }
}

BOOST_AUTO_TEST_CASE(a_body_of_the_limit_is_received_and_a_larger_one_is_cut_off_and_ends_it) {
  Connected c;
  c.serve(post_request(std::string(k_limit, 'x')));
  BOOST_TEST((c.served.cut == Cut::NOTHING));
  BOOST_TEST(c.peer.receive().body.size() > k_limit);

  BOOST_TEST(c.peer.send(post_request(std::string(k_limit + 1, 'x')).bytes()));
  BOOST_TEST((c.receive() == Input::REQUEST));
  BOOST_TEST((c.connection.request().cut == Cut::BODY));
  BOOST_TEST(c.connection.request().body == "");
  BOOST_TEST(c.connection.request().variables.find(MetaVariable::CONTENT_LENGTH) == "65537");
  c.connection.answer({413, "{}"});
  BOOST_TEST(c.resumed == 2);
  BOOST_TEST(c.peer.receive().status == 413);
  BOOST_TEST(c.peer.is_closed());
  BOOST_TEST(c.ends_with_its_peer());
}

BOOST_AUTO_TEST_CASE(a_large_body_is_refused_before_its_end_has_come) {
  Connected c(100);
  const FastCgiRequest request = post_request(std::string(50'000, 'x'));
  const std::string bytes = request.bytes();
  // The header of the record that goes over the limit is there, and little of its content.
  BOOST_TEST(c.peer.send(bytes.substr(0, 1'000)));
  BOOST_TEST((c.receive() == Input::REQUEST));
  BOOST_TEST((c.connection.request().cut == Cut::BODY));
  c.connection.answer({413, "{}"});
  BOOST_TEST(c.peer.receive().status == 413);
  BOOST_TEST(c.peer.is_closed());
}

BOOST_AUTO_TEST_CASE(parameters_too_large_are_cut_off_and_answered_before_their_end_has_come) {
  for (const bool head : {false, true}) {
    Connected c;
    FastCgiRequest request = get_request("/there");
    request.parameters[0].second = head ? "HEAD" : "GET";
    request.parameters.emplace_back("HTTP_X", std::string(std::size_t{200} << 10, 'x'));
    // The peer has more to send than a socket holds, and sends on until it has its answer.
    const std::string bytes = request.bytes();
    BOOST_TEST(c.peer.send(bytes.substr(0, 150'000)));
    Input input = c.receive();
    while (input == Input::INCOMPLETE) {
      input = c.receive();
    }
    BOOST_TEST((input == Input::REQUEST));
    BOOST_TEST((c.connection.request().cut == Cut::PARAMETERS));
    BOOST_TEST(c.connection.request().uri() == "/there");
    BOOST_TEST(c.connection.request().id == "0123456789abcdef");
    c.connection.answer({431, "{}"});
    BOOST_TEST(c.peer.send(bytes.substr(150'000)));
    const Response response = c.peer.receive();
    BOOST_TEST(response.status == 431);
    BOOST_TEST(response.body == (head ? "" : "{}"));
    BOOST_TEST(c.peer.is_closed());
    BOOST_TEST(c.ends_with_its_peer());
  }
}

BOOST_AUTO_TEST_CASE(while_there_is_no_memory_only_what_comes_whole_is_received) {
  Connected c;
  MemoryBudget::Share others(c.budget);
  BOOST_REQUIRE(others.resize(c.budget.bytes()));
  c.serve(webhook_request("connection_1"));
  BOOST_TEST((c.served.cut == Cut::NOTHING));
  BOOST_TEST(c.peer.receive().status == 200);
  // In the middle of the parameters and in the middle of the body.
  const std::string bytes = webhook_request("connection_1").bytes();
  for (const std::size_t size : {std::size_t{100}, bytes.size() - 20}) {
    Connected other(k_limit, c.budget);
    BOOST_TEST(other.peer.send(bytes.substr(0, size)));
    BOOST_TEST((other.receive() == Input::REQUEST));
    BOOST_TEST((other.connection.request().cut == Cut::MEMORY));
    BOOST_TEST(other.connection.request().body == "");
    other.connection.answer({503, "{}"});
    BOOST_TEST(other.peer.send(bytes.substr(size)));
    BOOST_TEST(other.peer.receive().status == 503);
    BOOST_TEST(other.peer.is_closed());
    BOOST_TEST(other.ends_with_its_peer());
  }
  BOOST_TEST(c.budget.held() == c.budget.bytes());
}

BOOST_AUTO_TEST_CASE(memory_is_held_while_a_request_is_in_pieces_and_no_longer) {
  const std::string body(10'000, 'x');
  const std::string bytes = post_request(body).bytes();
  enum class End { REST, HANG_UP, DESTRUCTION };
  MemoryBudget budget(std::size_t{1} << 20);
  for (const End end : {End::REST, End::HANG_UP, End::DESTRUCTION}) {
    auto c = std::make_unique<Connected>(k_limit, budget);
    BOOST_TEST(c->peer.send(bytes.substr(0, 2'000)));
    BOOST_TEST((c->receive() == Input::INCOMPLETE));
    BOOST_TEST(budget.held() >= body.size(), "room for what has been announced");
    BOOST_TEST(budget.held() < 2 * body.size());
    if (end == End::REST) {
      BOOST_TEST(c->peer.send(bytes.substr(2'000)));
      BOOST_TEST((c->receive() == Input::REQUEST));
      BOOST_TEST(budget.held() == 0);
      BOOST_TEST(c->connection.request().body.capacity() <= body.size() + 16);
    } else if (end == End::HANG_UP) {
      c->peer.close();
      BOOST_TEST((c->receive() == Input::CLOSED));
    }
    c.reset();
    BOOST_TEST(budget.held() == 0);
  }
}

BOOST_AUTO_TEST_CASE(after_its_answer_nothing_of_a_large_request_is_held) {
  Connected c;
  FastCgiRequest request = post_request(std::string(k_limit, 'x'));
  request.parameters[1].second = "/" + std::string(5'000, 'x');
  c.serve(request);
  BOOST_TEST(c.served.body == request.body);
  BOOST_TEST(c.served.held_bytes > 5'000);
  const HttpRequest& left = c.connection.request();
  BOOST_TEST(left.body.capacity() < 100);
  BOOST_TEST(left.uri() == "");
  BOOST_TEST(left.held_bytes == 0);
}

BOOST_AUTO_TEST_CASE(a_body_that_comes_whole_takes_no_more_memory_than_its_size) {
  Connected c;
  const std::string body(k_limit, 'x');
  BOOST_TEST(c.peer.send(post_request(body).bytes()));
  BOOST_TEST((c.receive() == Input::REQUEST));
  BOOST_TEST(c.connection.request().body.capacity() <= body.size() + 16);
}

BOOST_AUTO_TEST_CASE(a_request_larger_than_the_working_space_is_received) {
  Connected c(std::size_t{1} << 20);
  c.space.bytes.resize(4096);
  const FastCgiRequest request = post_request(std::string(100'000, 'x'));
  BOOST_TEST(c.peer.send(request.bytes()));
  Input input = Input::INCOMPLETE;
  for (int i = 0; i < 100 && input == Input::INCOMPLETE; ++i) {
    input = c.receive();
  }
  BOOST_TEST((input == Input::REQUEST));
  BOOST_TEST(is_this(c.connection.request(), request.body));
}

BOOST_AUTO_TEST_CASE(without_the_keep_conn_flag_the_answer_ends_the_connection) {
  for (const bool in_pieces : {false, true}) {
    Connected c;
    FastCgiRequest request = webhook_request("connection_1");
    request.after_answer = AfterAnswer::CLOSE;
    if (in_pieces) {
      BOOST_TEST(c.peer.send(request.bytes().substr(0, 40)));
      BOOST_TEST((c.receive() == Input::INCOMPLETE));
      BOOST_TEST(c.peer.send(request.bytes().substr(40)));
    } else {
      BOOST_TEST(c.peer.send(request.bytes()));
    }
    BOOST_TEST((c.receive() == Input::REQUEST));
    c.answer();
    BOOST_TEST(c.peer.receive().status == 200);
    BOOST_TEST(c.peer.is_closed());
    BOOST_TEST(c.ends_with_its_peer());
    BOOST_TEST(c.resumed == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_peer_that_hangs_up_is_closed_wherever_it_stops) {
  const std::string bytes = webhook_request("connection_1").bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Connected c;
    BOOST_TEST(c.peer.send(bytes.substr(0, size)));
    if (size % 2 == 1) {
      BOOST_TEST((c.receive() == Input::INCOMPLETE));
    }
    c.peer.close();
    const Input first = c.receive();
    BOOST_TEST((first == Input::CLOSED || c.receive() == Input::CLOSED), size);
  }
}

BOOST_AUTO_TEST_CASE(a_peer_that_hangs_up_before_its_answer_is_no_error) {
  Connected c;
  BOOST_TEST(c.peer.send(webhook_request("connection_1").bytes()));
  BOOST_TEST((c.receive() == Input::REQUEST));
  c.peer.close();
  c.answer();
  BOOST_TEST(c.resumed == 1);
  BOOST_TEST((c.receive() == Input::CLOSED));
}

BOOST_AUTO_TEST_CASE(a_peer_that_sends_no_more_still_gets_its_answer) {
  auto sockets = socket_pair();
  const int peer = sockets.second.get();
  Connected c(k_limit, std::move(sockets));
  BOOST_TEST(c.peer.send(webhook_request("connection_1").bytes()));
  ::shutdown(peer, SHUT_WR);
  BOOST_TEST((c.receive() == Input::REQUEST));
  c.answer();
  BOOST_TEST(c.peer.receive().status == 200);
  BOOST_TEST((c.receive() == Input::CLOSED));
}

BOOST_AUTO_TEST_CASE(a_peer_that_never_reads_is_dropped) {
  Connected c(k_limit, narrow_socket_pair());
  const std::string bytes = get_request("/").bytes();
  Input input = Input::REQUEST;
  for (int i = 0; i < 10'000 && input == Input::REQUEST; ++i) {
    if (!c.peer.send(bytes)) {
      input = c.receive();
      break;
    }
    input = c.receive();
    if (input == Input::REQUEST) {
      c.answer();
    }
  }
  BOOST_TEST((input == Input::CLOSED));
}

BOOST_AUTO_TEST_CASE(what_is_no_request_closes_the_connection) {
  const FastCgiRequest request = webhook_request("connection_1");
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") + std::string(70'000, 'x'),
        std::string(16, '\0'), request.bytes() + request.bytes(),
        record(k_get_values, 0, name_value("FCGI_MPXS_CONNS", "")),
        begin_request(1, AfterAnswer::KEEP, 2) + request.params_stream() + request.body_stream()}) {
    Connected whole;
    BOOST_TEST(whole.peer.send(bytes));
    Input input = whole.receive();
    BOOST_TEST((input == Input::CLOSED || whole.receive() == Input::CLOSED));
    BOOST_TEST((input != Input::REQUEST));
    BOOST_TEST(whole.resumed == 0);
  }
}

BOOST_AUTO_TEST_CASE(parameters_that_libfcgi_cannot_read_close_the_connection) {
  const std::string lengths_beyond_the_end = std::string("\x0b\x7f") + "REQUEST_URI/";
  for (const std::string& params :
       {lengths_beyond_the_end, std::string("\x05"), std::string("\xff\xff")}) {
    for (const bool in_pieces : {false, true}) {
      Connected c;
      const std::string bytes = begin_request(1) + record(k_params, 1, params) +
                                record(k_params, 1, "") + record(k_stdin, 1, "");
      if (in_pieces) {
        BOOST_TEST(c.peer.send(bytes.substr(0, 20)));
        BOOST_TEST((c.receive() == Input::INCOMPLETE));
      }
      BOOST_TEST(c.peer.send(bytes.substr(in_pieces ? 20 : 0)));
      BOOST_TEST((c.receive() == Input::CLOSED));
      BOOST_TEST(c.resumed == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(parameters_that_claim_gigabytes_close_the_connection_and_nothing_else) {
  // libfcgi would ask for as much memory, and end the program when there is not so much.
  for (const std::string& params :
       {std::string("\xff\xff\xff\xfe\xff\xff\xff\xfe"),
        std::string("\xff\xff\xff\xff\xff\xff\xff\xff"), std::string("\x01\xff\xff\xff\xfcx"),
        std::string("\xff\xff\xff\xf0\x01x")}) {
    const int status = exit_status_of_child([&params] {
      Connected c;
      c.peer.send(begin_request(1) + record(k_params, 1, params) + record(k_params, 1, "") +
                  record(k_stdin, 1, ""));
      return c.receive() == Input::CLOSED ? 0 : 1;
    });
    BOOST_TEST(status == 0);
  }
}

BOOST_AUTO_TEST_CASE(parameters_may_be_unknown_empty_repeated_or_nameless) {
  Connected c;
  FastCgiRequest request = webhook_request("connection_1");
  request.parameters.insert(request.parameters.end(), {{"", ""},
                                                       {"", "value"},
                                                       {"HTTP_X", ""},
                                                       {"HTTP_X", "1"},
                                                       {"HTTP_X", "2"},
                                                       {"HTTP_COOKIE", std::string(50'000, '=')},
                                                       {"REQUEST_URI_", "/"},
                                                       {"request_uri", "/"}});
  BOOST_TEST(c.peer.send(request.bytes()));
  BOOST_TEST((c.receive() == Input::REQUEST));
  BOOST_TEST(is_this(c.connection.request(), request.body));
  c.answer();
  BOOST_TEST(c.peer.receive().status == 200);
}

BOOST_AUTO_TEST_CASE(records_inside_a_body_are_a_body) {
  Connected c;
  FastCgiRequest forged = get_request("/forged");
  c.serve(post_request(forged.bytes() + forged.bytes(), "text/plain"));
  BOOST_TEST(c.peer.receive().body.find("/v1/webhooks/transactions") == 0);
  BOOST_TEST((c.receive() == Input::INCOMPLETE));
}

BOOST_AUTO_TEST_CASE(records_inside_a_body_too_large_are_never_a_request) {
  Connected c(1000);
  std::string body;
  while (body.size() < 60'000) {
    body += get_request("/forged").bytes();
  }
  BOOST_TEST(c.peer.send(post_request(body).bytes()));
  BOOST_TEST((c.receive() == Input::REQUEST));
  BOOST_TEST(c.connection.request().uri() == "/v1/webhooks/transactions");
  c.connection.answer({413, "{}"});
  BOOST_TEST(c.peer.receive().status == 413);
  BOOST_TEST(c.peer.is_closed());
  BOOST_TEST(c.ends_with_its_peer());
}

BOOST_AUTO_TEST_CASE(what_comes_after_the_last_answer_is_no_request) {
  // The rest of a body that was refused, or what a peer sends on a connection that was to end.
  for (FastCgiRequest request : {post_request(std::string(2000, 'x')), get_request("/")}) {
    request.after_answer = AfterAnswer::CLOSE;
    Connected c(1000);
    BOOST_TEST(c.peer.send(request.bytes()));
    BOOST_TEST((c.receive() == Input::REQUEST));
    BOOST_TEST(c.peer.send(get_request("/forged").bytes()));
    c.connection.answer({413, "{}"});
    BOOST_TEST(c.ends_with_its_peer());
    BOOST_TEST(c.resumed == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_request_without_an_id_gets_one) {
  Connected c;
  FastCgiRequest request = get_request("/");
  request.parameters.pop_back();
  c.serve(request);
  const std::string id = c.served.id;
  BOOST_TEST(id.size() == 32);
  BOOST_TEST(c.peer.receive().headers.at(3).value == id);
}

BOOST_AUTO_TEST_CASE(a_head_request_is_answered_without_a_body) {
  Connected c;
  FastCgiRequest request = get_request("/");
  request.parameters[0].second = "HEAD";
  c.serve(request);
  BOOST_TEST(c.peer.receive().body == "");
}

BOOST_AUTO_TEST_CASE(a_long_answer_arrives_whole) {
  Connected c;
  BOOST_TEST(c.peer.send(get_request("/").bytes()));
  BOOST_TEST((c.receive() == Input::REQUEST));
  const std::string body(100'000, 'x');
  c.connection.answer({200, body});
  BOOST_TEST(c.peer.receive().body == body);
  BOOST_TEST(!c.connection.has_rest());
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_more_than_a_socket_holds_is_kept_and_sent_as_it_is_taken) {
  for (const AfterAnswer after_answer : {AfterAnswer::KEEP, AfterAnswer::CLOSE}) {
    Connected c(k_limit, narrow_socket_pair());
    FastCgiRequest request = get_request("/");
    request.after_answer = after_answer;
    BOOST_TEST(c.peer.send(request.bytes()));
    BOOST_TEST((c.receive() == Input::REQUEST));
    const std::string body(900'000, 'x');
    c.connection.answer({200, body});
    BOOST_TEST(c.resumed == 1);
    BOOST_TEST(c.connection.has_rest());
    BOOST_TEST(c.budget.held() > body.size());
    auto received = std::async(std::launch::async, [&c] { return c.peer.receive(); });
    while (c.connection.has_rest()) {
      pollfd writable{c.connection.fd(), POLLOUT, 0};
      BOOST_REQUIRE(::poll(&writable, 1, 10'000) == 1);
      c.connection.send_rest();
    }
    BOOST_TEST(received.get().body == body);
    BOOST_TEST(c.budget.held() == 0);
    if (after_answer == AfterAnswer::CLOSE) {
      BOOST_TEST(c.peer.is_closed());
    } else {
      c.serve(get_request("/next"));
      BOOST_TEST(c.peer.receive().status == 200);
    }
  }
}

BOOST_AUTO_TEST_CASE(who_goes_before_the_rest_or_takes_more_than_there_is_memory_for_is_dropped) {
  for (const std::size_t bytes : {900'000, 2'000'000}) {
    Connected c(k_limit, narrow_socket_pair());
    BOOST_TEST(c.peer.send(get_request("/").bytes()));
    BOOST_TEST((c.receive() == Input::REQUEST));
    c.connection.answer({200, std::string(bytes, 'x')});
    BOOST_TEST(c.resumed == 1);
    c.peer.close();
    c.connection.send_rest();
    BOOST_TEST(!c.connection.has_rest());
    BOOST_TEST(c.budget.held() == 0);
    BOOST_TEST((c.receive() == Input::CLOSED));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
