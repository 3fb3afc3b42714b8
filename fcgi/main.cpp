// payhook-fcgi: answers the web server's requests, and stores webhooks before it does.

#include <sysexits.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <iostream>

#include "core/log.h"
#include "core/program.h"
#include "core/supervisor.h"
#include "fcgi/cgi.h"
#include "fcgi/listening_socket.h"
#include "fcgi/outage.h"
#include "fcgi/responder.h"
#include "store/sqlite_store.h"

namespace payhook {
namespace {

// Before a responder that cannot start is started again.
constexpr std::chrono::seconds k_outage{5};

/// Throws what keeps it from starting. Binds the socket where none was handed over.
int respond(const Invocation& invocation, std::unique_ptr<ListeningSocket>& socket) {
  const Config& config = invocation.config;
  const SystemClock clock;
  SqliteStore store(config.database, SqliteStore::Missing::REFUSE);
  // The first opening may have to wait for another program: until it is over, SIGTERM ends this one
  // in the ordinary way.
  store.open_status_reader();

  Supervisor supervisor(invocation);
  if (socket == nullptr) {
    socket = ListeningSocket::bind(config.responder.listen);
  }
  std::atomic<int> exit_status = EXIT_SUCCESS;
  const auto end = [&exit_status](const ProgramError& error) {
    exit_status = error.exit_status();
    Supervisor::request_stop();
  };
  {
    const auto watch = store.watch([&end](const StoreBroken& broken) {
      log::report(log::Event::FAILED, "{}", broken.what());
      end(broken);
    });
    Responder responder(config, clock, store, socket->fd(), end);
    log::report(log::Event::READY, "ready, database {}", config.database.string());
    supervisor.run({[&responder](const Config& changed) { responder.reconfigure(changed); },
                    [&responder] { return responder.is_alive(); },
                    [&responder] { return responder.status(); }});
  }
  log::report(log::Event::STOPPED, "stopped");
  return exit_status;
}

int serve(const Invocation& invocation) {
  const Config& config = invocation.config;
  if (invocation.create_database) {
    return create_database(config.database);
  }
  auto socket = ListeningSocket::inherited();
  const bool handed_over = socket != nullptr;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread has been started yet.
  if (!handed_over && std::getenv("GATEWAY_INTERFACE") != nullptr) {
    SqliteStore store(config.database, SqliteStore::Missing::REFUSE);
    return serve_cgi(config, SystemClock(), store, environ, STDIN_FILENO, std::cout);
  }
  try {
    return respond(invocation, socket);
  } catch (const std::exception& e) {
    const int exit_status = exit_status_of(e);
    // Whoever handed the socket over starts this program again at the next request.
    if (!handed_over || exit_status == EX_CONFIG) {
      throw;
    }
    log::report(log::Event::FAILED, "{}; requests are answered 503 for {} s", e.what(),
                k_outage.count());
    answer_unavailable(socket->fd(), config.responder.max_body_bytes, k_outage);
    return exit_status;
  }
}

}  // namespace
}  // namespace payhook

int main(int argc, char** argv) {
  return payhook::run_program("payhook-fcgi", "The FastCGI responder of payhook", argc, argv,
                              payhook::serve);
}
