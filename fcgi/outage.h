#pragma once

#include <chrono>
#include <cstddef>

namespace payhook {

/// Answers every request 503, for so long: what a responder that was handed a socket, but cannot
/// start, does before it ends. So senders have an answer at once and try again later, and what
/// starts the program again does not do so without a pause. SIGTERM and SIGINT end the program in
/// the ordinary way meanwhile. Throws std::system_error.
void answer_unavailable(int listening_socket, std::size_t max_body_bytes,
                        std::chrono::milliseconds duration);

}  // namespace payhook
