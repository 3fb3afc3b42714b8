#include "fcgi/outage.h"

#include <csignal>
#include <thread>

#include "fcgi/event_loop.h"
#include "fcgi/responses.h"

namespace payhook {

namespace {

/// Nobody supervises: a supervisor may have gone, who took the signals, and libfcgi takes some.
void let_signals_end_this() {
  sigset_t none;
  sigemptyset(&none);
  ::signal(SIGTERM, SIG_DFL);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

void answer_unavailable(int listening_socket, std::size_t max_body_bytes,
                        std::chrono::milliseconds duration) {
  FastCgiConnection::initialize();
  let_signals_end_this();
  EventLoop loop(listening_socket, max_body_bytes,
                 [](Exchange& exchange) { exchange.answer(unavailable_response()); });
  const std::jthread end([&loop, duration] {
    std::this_thread::sleep_for(duration);
    loop.stop();
  });
  loop.run();
}

}  // namespace payhook
