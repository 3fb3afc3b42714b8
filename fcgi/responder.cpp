#include "fcgi/responder.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <chrono>
#include <system_error>
#include <utility>

namespace payhook {

namespace {

// The committer's thread answers all webhooks; these only read and validate. More would wait for
// each other, fewer would leave a core idle.
constexpr int k_event_loops = 2;

}  // namespace

Responder::Sessions::Sessions(TransactionStore& a_store)
    : intake(a_store.open_intake()),
      upkeep(a_store.open_upkeep(TransactionStore::Keeper::STANDING_IN)),
      store(a_store) {
  for (int i = 0; i < k_event_loops; ++i) {
    readings.push_back({store.open_status_reader(), store.open_statistics()});
  }
}

Responder::Worker::Worker(const Config& config, const Clock& clock, Sessions::Reading a_reading,
                          Responder& responder, int listening_socket)
    : reading(std::move(a_reading)),
      api(config, clock,
          {*reading.status, *reading.statistics, *responder.m_committer, *responder.m_desk,
           responder.m_metrics}),
      loop(listening_socket, config.max_body_bytes(), responder.m_receiving,
           [this](Exchange& exchange) { api.handle(exchange); }) {}

void Responder::Worker::reconfigure(std::shared_ptr<const Config> changed) {
  api.reconfigure(*changed);
  loop.limit_bodies(changed->max_body_bytes());
  changed_config = std::move(changed);
}

Responder::Responder(const Config& config, const Clock& clock, Sessions sessions,
                     int listening_socket, OnFatal on_fatal)
    : m_on_fatal(std::move(on_fatal)),
      m_committer(std::make_unique<Committer>(std::move(sessions.intake),
                                              std::move(sessions.upkeep), Committer::Limits{},
                                              m_metrics, m_on_fatal)),
      m_desk(std::make_unique<OperatorDesk>(sessions.store)),
      m_rate(std::chrono::steady_clock::now()) {
  FastCgiConnection::initialize();
  for (Sessions::Reading& reading : sessions.readings) {
    m_workers.emplace_back(config, clock, std::move(reading), *this, listening_socket);
  }
  try {
    for (Worker& worker : m_workers) {
      worker.thread = std::thread([this, &worker] { run(worker.loop); });
    }
  } catch (const std::system_error&) {
    stop();
    throw;
  }
}

Responder::~Responder() { stop(); }

void Responder::reconfigure(const Config& config) {
  const auto changed = std::make_shared<const Config>(config);
  for (Worker& worker : m_workers) {
    worker.loop.post([&worker, changed] { worker.reconfigure(changed); });
  }
}

bool Responder::is_alive() {
  bool alive = true;
  for (Worker& worker : m_workers) {
    if (worker.has_turned.exchange(false)) {
      worker.loop.post([&worker] { worker.has_turned = true; });
    } else {
      alive = false;  // it has been asked before
    }
  }
  return alive;
}

std::string Responder::status() {
  return fmt::format("Storing {:.1f} webhooks/s, {} waiting",
                     m_rate.per_second(m_committer->stored(), std::chrono::steady_clock::now()),
                     m_committer->waiting());
}

void Responder::run(EventLoop& loop) const noexcept {
  try {
    loop.run();
  } catch (const std::exception& e) {
    m_on_fatal(ProgramError(EX_OSERR, fmt::format("an event loop ended: {}", e.what())));
  }
}

void Responder::stop() noexcept {
  for (Worker& worker : m_workers) {
    worker.loop.stop();
  }
  for (Worker& worker : m_workers) {
    if (worker.thread.joinable()) {
      worker.thread.join();
    }
  }
  // They answer what is left, while the connections are still there.
  m_committer.reset();
  m_desk.reset();
}

}  // namespace payhook
