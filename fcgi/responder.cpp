#include "fcgi/responder.h"

namespace payhook {

namespace {

// The committer's thread answers all webhooks; these only read and validate. More would wait for
// each other, fewer would leave a core idle.
constexpr int k_event_loops = 2;

}  // namespace

Responder::Worker::Worker(const Config& config, const Clock& clock, TransactionStore& store,
                          Committer& committer, int listening_socket)
    : reader(store.open_status_reader()),
      api(config, clock, *reader, committer),
      loop(listening_socket, config.responder.max_body_bytes,
           [this](Exchange& exchange) { api.handle(exchange); }) {}

Responder::Responder(const Config& config, const Clock& clock, TransactionStore& store,
                     int listening_socket, std::function<void(const StoreBroken&)> on_broken)
    : m_committer(std::make_unique<Committer>(store.open_intake(),
                                              config.responder.conflicting_duplicate,
                                              Committer::Limits{}, std::move(on_broken))) {
  FastCgiConnection::initialize();
  for (int i = 0; i < k_event_loops; ++i) {
    m_workers.emplace_back(config, clock, store, *m_committer, listening_socket);
  }
  for (Worker& worker : m_workers) {
    worker.thread = std::thread([&worker] { worker.loop.run(); });
  }
}

Responder::~Responder() {
  for (Worker& worker : m_workers) {
    worker.loop.stop();
  }
  for (Worker& worker : m_workers) {
    worker.thread.join();
  }
  m_committer.reset();  // answers what is left, while the connections are still there
}

}  // namespace payhook
