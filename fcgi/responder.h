#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/api.h"
#include "api/committer.h"
#include "api/operator_desk.h"
#include "core/clock.h"
#include "fcgi/event_loop.h"
#include "service/config/config.h"
#include "service/rate_meter.h"
#include "store/transaction_store.h"

namespace payhook {

/// Serves the API on a listening socket: a few event loops, each in a thread of its own with its
/// own session for reading, and one committer and one desk for all.
class Responder {
 public:
  /// Called, from one of the responder's threads, when the program must end.
  using OnFatal = std::function<void(const ProgramError&)>;

  /// The sessions that it works with. Opening them may have to wait for other programs, so it is
  /// done before a Supervisor takes the signals.
  struct Sessions {
    /// Throws as TransactionStore does. The store must outlive the sessions.
    explicit Sessions(TransactionStore& a_store);

    std::unique_ptr<WebhookIntake> intake;
    std::unique_ptr<Upkeep> upkeep;
    /// What one event loop reads with.
    struct Reading {
      std::unique_ptr<StatusReader> status;
      std::unique_ptr<Statistics> statistics;
    };
    std::vector<Reading> readings;  ///< one for each event loop
    TransactionStore& store;        ///< for what operators ask
  };

  /// Starts to serve. Everything given must outlive the responder. Throws std::system_error.
  Responder(const Config& config, const Clock& clock, Sessions sessions, int listening_socket,
            OnFatal on_fatal);

  /// Takes no new work, commits and answers what it has, closes the connections.
  ~Responder();

  /// Goes on with another configuration. The next requests are served by it.
  void reconfigure(const Config& config);

  /// Whether each event loop has turned since the last call. For one thread, some seconds apart.
  bool is_alive();

  /// One line for people: how many webhooks are stored a second, how many wait. For one thread.
  std::string status();

  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

 private:
  struct Worker {
    Worker(const Config& config, const Clock& clock, Sessions::Reading reading,
           Responder& responder, int listening_socket);

    void reconfigure(std::shared_ptr<const Config> changed);

    Sessions::Reading reading;
    Api api;
    EventLoop loop;
    std::shared_ptr<const Config> changed_config;  // from the first change on
    std::atomic<bool> has_turned = true;           // since is_alive() asked
    std::thread thread;
  };

  void run(EventLoop& loop) const noexcept;
  void stop() noexcept;

  const OnFatal m_on_fatal;
  ResponderMetrics m_metrics;
  std::unique_ptr<Committer> m_committer;
  std::unique_ptr<OperatorDesk> m_desk;
  MemoryBudget m_receiving{k_receiving_bytes};
  std::list<Worker> m_workers;
  RateMeter m_rate;
};

}  // namespace payhook
