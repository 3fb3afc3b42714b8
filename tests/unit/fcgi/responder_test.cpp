#include "fcgi/responder.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <latch>

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
    responder = std::make_unique<Responder>(config, clock, Responder::Sessions(store), socket->fd(),
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

BOOST_AUTO_TEST_CASE(another_configuration_serves_the_requests_that_come_then) {
  Serving serving;
  serving.start();
  FastCgiPeer old_peer = serving.connect();
  BOOST_TEST(old_peer.exchange(webhook_request("t")).status == 202);
  Config changed = serving.config;
  Source source;
  source.max_body_bytes = 10;
  changed.sources = {std::make_shared<const Source>(source)};
  serving.responder->reconfigure(changed);
  // The loops hear of it one after the other.
  while (old_peer.exchange(webhook_request("t")).status == 202 ||
         serving.connect().exchange(webhook_request("t")).status == 202) {
    old_peer = serving.connect();
  }
  BOOST_TEST(serving.connect().exchange(webhook_request("t")).status == 413);
}

BOOST_AUTO_TEST_CASE(it_is_alive_while_webhooks_wait_for_the_disk) {
  Serving serving;
  serving.start();
  serving.store.block();
  FastCgiPeer peer = serving.connect();
  BOOST_TEST(peer.send(webhook_request("t").bytes()));
  serving.store.wait_until_blocked();
  for (int i = 0; i < 3; ++i) {
    while (!serving.responder->is_alive()) {
      std::this_thread::yield();
    }
  }
  serving.store.release();
  BOOST_TEST(peer.receive().status == 202);
}

BOOST_AUTO_TEST_CASE(it_is_not_alive_while_an_event_loop_stands_still) {
  /// Lookups never end, until they are let go.
  class StuckStore final : public TransactionStore {
   public:
    std::unique_ptr<WebhookIntake> open_intake() override { return m_store.open_intake(); }
    std::unique_ptr<StatusReader> open_status_reader() override {
      class Reader final : public StatusReader {
       public:
        explicit Reader(StuckStore& store) : m_store(store) {}
        std::optional<StoredTransaction> find(std::string_view /*source*/,
                                              std::string_view /*id*/) override {
          m_store.stuck.count_down();
          m_store.let_go.wait();
          return std::nullopt;
        }

       private:
        StuckStore& m_store;
      };
      return std::make_unique<Reader>(*this);
    }
    std::unique_ptr<ProcessingQueue> open_processing_queue() override {
      return m_store.open_processing_queue();
    }
    std::unique_ptr<Operations> open_operations() override { return m_store.open_operations(); }
    std::unique_ptr<TransactionBrowser> open_browser() override { return m_store.open_browser(); }
    std::unique_ptr<Statistics> open_statistics() override { return m_store.open_statistics(); }
    std::unique_ptr<TransactionImporter> open_importer() override {
      return m_store.open_importer();
    }
    std::unique_ptr<KeptWebhooks> open_kept_webhooks() override {
      return m_store.open_kept_webhooks();
    }
    std::unique_ptr<Retention> open_retention() override { return m_store.open_retention(); }
    std::unique_ptr<Upkeep> open_upkeep(Keeper keeper) override {
      return m_store.open_upkeep(keeper);
    }

    std::latch stuck{1};
    std::latch let_go{1};

   private:
    FakeStore m_store;
  };
  Serving serving;
  StuckStore store;
  Responder responder(serving.config, serving.clock, Responder::Sessions(store),
                      serving.socket->fd(), [](const ProgramError&) {});
  FastCgiPeer peer = serving.connect();
  BOOST_TEST(peer.send(get_request("/v1/transactions/t").bytes()));
  store.stuck.wait();
  BOOST_TEST(responder.is_alive(), "nobody has asked before");
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(!responder.is_alive());
  }
  store.let_go.count_down();
  BOOST_TEST(peer.receive().status == 404);
  while (!responder.is_alive()) {
    std::this_thread::yield();
  }
}

BOOST_AUTO_TEST_CASE(its_status_counts_what_was_stored_and_what_waits) {
  Serving serving;
  serving.start();
  FastCgiPeer peer = serving.connect();
  BOOST_TEST(serving.responder->status().starts_with("Storing 0.0 webhooks/s, 0 waiting"));
  BOOST_TEST(peer.exchange(webhook_request("t")).status == 202);
  BOOST_TEST(!serving.responder->status().starts_with("Storing 0.0 "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
