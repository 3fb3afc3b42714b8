// payhook-fcgi: answers the web server's requests, and stores webhooks before it does.

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <iostream>

#include "core/log.h"
#include "core/program.h"
#include "core/stop_signals.h"
#include "fcgi/cgi.h"
#include "fcgi/listening_socket.h"
#include "fcgi/responder.h"
#include "store/sqlite_store.h"

namespace payhook {
namespace {

int serve(const Config& config) {
  const SystemClock clock;
  SqliteStore store(config.database);
  auto listening_socket = ListeningSocket::inherited();
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread has been started yet.
  if (listening_socket == nullptr && std::getenv("GATEWAY_INTERFACE") != nullptr) {
    return serve_cgi(config, clock, store, environ, STDIN_FILENO, std::cout);
  }
  // The first opening may have to wait for another program: until it is over, SIGTERM ends this one
  // in the ordinary way.
  store.open_status_reader();

  const StopSignals stop;
  if (listening_socket == nullptr) {
    listening_socket = ListeningSocket::bind(config.responder.listen);
  }
  std::atomic<int> exit_status = EXIT_SUCCESS;
  {
    const Responder responder(config, clock, store, listening_socket->fd(),
                              [&exit_status](const ProgramError& error) {
                                exit_status = error.exit_status();
                                StopSignals::request_stop();
                              });
    log::info("ready, database {}", config.database.string());
    stop.wait();
  }
  log::info("stopped");
  return exit_status;
}

}  // namespace
}  // namespace payhook

int main(int argc, char** argv) {
  return payhook::run_program("payhook-fcgi", "The FastCGI responder of payhook", argc, argv,
                              payhook::serve);
}
