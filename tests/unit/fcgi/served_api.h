#pragma once

#include <memory>
#include <thread>

#include "api/api.h"
#include "fcgi/event_loop.h"
#include "fcgi/listening_socket.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_store.h"
#include "tests/support/fastcgi_peer.h"
#include "tests/support/temporary_directory.h"

namespace payhook::test {

/// The API on one event loop, in a thread of its own, with a socket to connect to. Only one loop:
/// so whatever blocks it, blocks everything, and a test that gets its answers has shown that
/// nothing did.
class ServedApi {
 public:
  explicit ServedApi(std::size_t max_body_bytes = 65536)
      : m_loop(m_socket->fd(), max_body_bytes, m_receiving,
               [this](Exchange& exchange) { m_api->handle(exchange); }),
        m_committer(std::make_unique<Committer>(
            m_store.open_intake(), m_store.open_upkeep(FakeStore::Keeper::STANDING_IN),
            Committer::Limits{}, m_metrics, [](const StoreBroken&) {})) {
    Source source;
    source.max_body_bytes = max_body_bytes;
    m_config.sources = {std::make_shared<const Source>(std::move(source))};
    m_api = std::make_unique<Api>(
        m_config, m_clock,
        Api::Services{*m_reader, *m_statistics, *m_committer, m_desk, m_metrics});
    m_thread = std::thread([this] { m_loop.run(); });
  }

  ~ServedApi() {
    m_store.release();
    m_loop.stop();
    m_thread.join();
    m_committer.reset();  // answers what is left, while the connections are still there
  }

  ServedApi(const ServedApi&) = delete;
  ServedApi& operator=(const ServedApi&) = delete;

  FakeStore& store() noexcept { return m_store; }
  const MemoryBudget& receiving() const noexcept { return m_receiving; }

  FastCgiPeer connect() const { return FastCgiPeer(m_directory.path() / "s"); }

  /// Whether a new peer and an old one get their answers.
  bool serves() { return serves_old() && serves(std::make_unique<FastCgiPeer>(connect())); }

  FastCgiPeer& old_peer() noexcept { return *m_old_peer; }

  /// Whether an old peer gets its answer.
  bool serves_old() { return serves(m_old_peer); }

 private:
  static bool serves(const std::unique_ptr<FastCgiPeer>& peer) {
    return peer->exchange(get_request("/")).status == 200;
  }

  TemporaryDirectory m_directory;
  std::unique_ptr<ListeningSocket> m_socket = ListeningSocket::bind(m_directory.path() / "s");
  Config m_config;
  FakeClock m_clock;
  FakeStore m_store;
  MemoryBudget m_receiving{std::size_t{1} << 20};
  EventLoop m_loop;
  ResponderMetrics m_metrics;
  std::unique_ptr<Committer> m_committer;
  OperatorDesk m_desk{m_store};
  std::unique_ptr<StatusReader> m_reader = m_store.open_status_reader();
  std::unique_ptr<Statistics> m_statistics = m_store.open_statistics();
  std::unique_ptr<Api> m_api;
  std::thread m_thread;
  std::unique_ptr<FastCgiPeer> m_old_peer = std::make_unique<FastCgiPeer>(connect());
};

}  // namespace payhook::test
