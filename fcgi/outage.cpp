#include "fcgi/outage.h"

#include <thread>

#include "fcgi/event_loop.h"
#include "fcgi/responses.h"

namespace payhook {

void answer_unavailable(int listening_socket, std::size_t max_body_bytes,
                        std::chrono::milliseconds duration) {
  FastCgiConnection::initialize();
  EventLoop loop(listening_socket, max_body_bytes,
                 [](Exchange& exchange) { exchange.answer(unavailable_response()); });
  std::thread end([&loop, duration] {
    std::this_thread::sleep_for(duration);
    loop.stop();
  });
  loop.run();
  end.join();
}

}  // namespace payhook
