#include "fcgi/responder.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <deque>

#include "core/program_error.h"
#include "fcgi/listening_socket.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_store.h"
#include "tests/support/fastcgi_peer.h"
#include "tests/support/temporary_directory.h"

namespace payhook::test {

namespace {

struct Serving {
  void start() {
    responder = std::make_unique<Responder>(config, clock, store, socket->fd(),
                                            [this](const ProgramError& e) {
                                              ++broken;
                                              exit_status = e.exit_status();
                                            });
  }

  FastCgiPeer connect() const { return FastCgiPeer(directory.path() / "s"); }

  TemporaryDirectory directory;
  std::unique_ptr<ListeningSocket> socket = ListeningSocket::bind(directory.path() / "s");
  Config config;
  FakeClock clock;
  FakeStore store;
  std::atomic<int> broken = 0;
  std::atomic<int> exit_status = 0;
  std::unique_ptr<Responder> responder;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(responder)

BOOST_AUTO_TEST_CASE(it_serves_many_peers_at_once) {
  Serving serving;
  serving.start();
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 8; ++client) {
      clients.emplace_back([&, client] {
        FastCgiPeer peer = serving.connect();
        for (int i = 0; i < 100; ++i) {
          const std::string id = std::to_string(client) + '_' + std::to_string(i);
          wrong += peer.exchange(webhook_request(id)).status == 202 ? 0 : 1;
          wrong += peer.exchange(get_request("/v1/transactions/" + id)).status == 200 ? 0 : 1;
          wrong += peer.exchange(webhook_request("shared")).status == 202 ? 0 : 1;
        }
      });
    }
  }
  BOOST_TEST(wrong == 0);
  BOOST_TEST(serving.store.rows().size() == 801);
  BOOST_TEST(serving.store.conflicts() == 0);
}

BOOST_AUTO_TEST_CASE(peers_that_vanish_at_any_moment_harm_nobody) {
  Serving serving;
  serving.start();
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 4; ++client) {
      clients.emplace_back([&, client] {
        for (int i = 0; i < 200; ++i) {
          FastCgiPeer peer = serving.connect();
          const std::string bytes =
              webhook_request(std::to_string(client) + '_' + std::to_string(i)).bytes();
          peer.send(bytes.substr(
              0, i % 2 == 0 ? bytes.size() : static_cast<std::size_t>(i) % bytes.size()));
        }
      });
    }
  }
  BOOST_TEST(serving.connect().exchange(webhook_request("last")).status == 202);
}

BOOST_AUTO_TEST_CASE(a_store_that_breaks_is_told_once_and_no_webhook_is_taken_from_then_on) {
  Serving serving;
  serving.start();
  FastCgiPeer peer = serving.connect();
  BOOST_TEST(peer.exchange(webhook_request("t")).status == 202);
  serving.store.fail(FakeStore::Fault::BROKEN);
  BOOST_TEST(peer.exchange(webhook_request("u")).status == 503);
  BOOST_TEST(peer.exchange(webhook_request("v")).status == 503);
  BOOST_TEST(peer.exchange(get_request("/")).status == 200);
  serving.responder.reset();
  BOOST_TEST(serving.broken == 1);
  BOOST_TEST(serving.exit_status == FakeStore::k_broken_exit_status);
  BOOST_TEST(serving.store.rows().size() == 1);
}

BOOST_AUTO_TEST_CASE(its_end_answers_the_webhooks_that_wait_and_closes_the_connections) {
  Serving serving;
  serving.start();
  serving.store.block();
  std::deque<FastCgiPeer> peers;
  peers.push_back(serving.connect());
  BOOST_TEST(peers[0].send(webhook_request("t").bytes()));
  serving.store.wait_until_blocked();
  std::thread ending([&] { serving.responder.reset(); });
  serving.store.release();
  ending.join();
  BOOST_TEST(peers[0].receive().status == 202);
  BOOST_TEST(peers[0].is_closed());
  BOOST_TEST(serving.store.rows().size() == 1);
}

BOOST_AUTO_TEST_CASE(after_its_end_another_serves_on_the_same_socket) {
  Serving serving;
  serving.start();
  serving.responder.reset();
  FastCgiPeer early = serving.connect();
  BOOST_TEST(early.send(webhook_request("t").bytes()));
  serving.start();
  BOOST_TEST(early.receive().status == 202);
}

BOOST_AUTO_TEST_CASE(it_does_not_start_on_a_store_that_cannot_be_opened) {
  Serving serving;
  serving.store.fail(FakeStore::Fault::CANNOT_OPEN);
  BOOST_CHECK_THROW(serving.start(), ProgramError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
