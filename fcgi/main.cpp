// payhook-fcgi: answers the web server's requests, and stores webhooks before it does.

#include <sysexits.h>
#include <unistd.h>

#include <exception>
#include <iostream>
#include <memory>
#include <utility>

#include "core/log.h"
#include "fcgi/cgi.h"
#include "fcgi/listening_socket.h"
#include "fcgi/responder.h"
#include "fcgi/unavailable_store.h"
#include "fcgi/watched_intake.h"
#include "service/ending.h"
#include "service/outage.h"
#include "service/program.h"
#include "service/service_manager.h"
#include "service/start_signals.h"
#include "service/supervisor.h"
#include "store/factory.h"

namespace payhook {
namespace {

// Before a responder that cannot start is started again.
constexpr std::chrono::seconds k_outage{5};

/// Nobody is to find out later who may send.
void tell_of_open_sources(const Config& config) {
  for (const auto& source : config.sources) {
    if (!source->is_authentic()) {
      log::report(log::Event::OPEN_SOURCE,
                  "anybody may send webhooks to {}: the source {} has no signature", source->path(),
                  source->name);
    }
  }
}

/// A responder, and how the program is to end because of it.
class Service {
 public:
  Service(const Config& config, const Clock& clock, Outage& outage, Responder::Sessions sessions,
          int socket)
      : m_outage(outage),
        m_ending(outage),
        m_responder(
            std::make_unique<Responder>(config, clock, watched(std::move(sessions)), socket,
                                        [this](const ProgramError& why) { m_ending.fail(why); })) {}

  Ending& ending() noexcept { return m_ending; }

  Supervisor::Work work() {
    return {[this](const Config& changed) {
              tell_of_open_sources(changed);
              m_responder->reconfigure(changed);
            },
            [this] { return m_responder->is_alive(); },
            [this] { return m_outage.status(m_responder->status()); }};
  }

  /// Answers what has come, ends it, and returns the exit status.
  int end() noexcept {
    m_responder.reset();
    return m_ending.exit_status();
  }

 private:
  Responder::Sessions watched(Responder::Sessions sessions) {
    sessions.intake = std::make_unique<WatchedIntake>(std::move(sessions.intake), m_outage);
    return sessions;
  }

  Outage& m_outage;
  Ending m_ending;
  std::unique_ptr<Responder> m_responder;
};

/// Throws what keeps it from starting. Binds the socket where none was handed over.
int respond(const Invocation& invocation, const Clock& clock, Outage& outage,
            std::unique_ptr<ListeningSocket>& socket) {
  const Config& config = invocation.config;
  const auto store = make_store(config.database);
  Responder::Sessions sessions(*store);
  Supervisor supervisor(invocation);
  if (socket == nullptr) {
    socket = ListeningSocket::bind(config.responder.listen);
  }
  Service service(config, clock, outage, std::move(sessions), socket->fd());
  const auto watch =
      store->watch({[&service](const StoreBroken& why) { service.ending().fail(why); }});
  tell_of_open_sources(config);
  log::report(log::Event::READY, "ready, database {}", config.database.string());
  supervisor.run(service.work());
  const int exit_status = service.end();
  log::report(log::Event::STOPPED, "stopped");
  return exit_status;
}

/// For a while, answers all that needs no store, and 503 what does: senders know at once, and what
/// starts this program again does not do so without a pause. Returns the exit status.
int respond_without_store(const Invocation& invocation, const Clock& clock, Outage& outage,
                          const ListeningSocket& socket, const std::exception& why) {
  outage.failed(why.what());
  UnavailableStore store(why.what());
  Supervisor supervisor(invocation);
  Service service(invocation.config, clock, outage, Responder::Sessions(store), socket.fd());
  if (!supervisor.run_unready(service.work(), k_outage)) {
    return exit_status_of(why);
  }
  const int exit_status = service.end();
  log::report(log::Event::STOPPED, "stopped before it was ready");
  return exit_status;
}

int serve(const Invocation& invocation) {
  const Config& config = invocation.config;
  auto socket = ListeningSocket::inherited();
  const bool handed_over = socket != nullptr;
  if (!handed_over && invocation.from_web_server) {
    start_signals::end_the_program();
    const auto store = make_store(config.database, Lifetime::ONE_REQUEST);
    return serve_cgi(config, SystemClock(), *store, environ, STDIN_FILENO, std::cout);
  }
  const SystemClock clock;
  Outage outage(clock, "store webhooks", service_manager::runtime_directory());
  try {
    return respond(invocation, clock, outage, socket);
  } catch (const std::exception& e) {
    // Whoever handed the socket over starts this program again at the next request.
    if (!handed_over || exit_status_of(e) == EX_CONFIG) {
      throw;
    }
    log::report(log::Event::FAILED, "{}; webhooks are answered 503 for {} s", e.what(),
                k_outage.count());
    return respond_without_store(invocation, clock, outage, *socket, e);
  }
}

}  // namespace
}  // namespace payhook

int main(int argc, char** argv) {
  return payhook::run_program("payhook-fcgi", "The FastCGI responder of payhook", argc, argv,
                              payhook::serve);
}
