#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "api/exchange.h"
#include "core/unique_fd.h"
#include "fcgi/memory_budget.h"
#include "fcgi/memory_file.h"
#include "fcgi/request_scanner.h"

struct FCGX_Request;

namespace payhook {

/// What a thread needs to receive requests, on one connection after the other.
struct ReceivingSpace {
  /// Throws std::system_error.
  ReceivingSpace(std::size_t max_body_bytes, MemoryBudget& budget);

  std::size_t max_body_bytes;
  MemoryBudget& budget;    ///< for requests that have come in part, and rests of answers
  std::string bytes;       ///< that have just come
  RequestScanner scanner;  ///< for a request that has come whole
  MemoryFile file;         ///< from which libfcgi reads one that came in pieces
};

/// One connection from the web server, on which requests come one after the other. This is the
/// adapter to libfcgi.
///
/// It belongs to one thread at a time: to its event loop, which calls receive(), and from a
/// received request until answer() to whoever answers. Neither ever blocks: libfcgi is given a
/// request only once it is there whole, and what a peer does not take at once of a long answer is
/// kept. One that does not take a short one at once has not taken those before it, and is dropped.
class FastCgiConnection final : public Exchange {
 public:
  enum class Input {
    REQUEST,     ///< request() is there, to be answered
    INCOMPLETE,  ///< the rest has still to come
    CLOSED       ///< the peer has gone, or does not speak FastCGI: destroy the connection
  };

  /// Called by answer() as its very last act, in the answering thread: the connection waits for
  /// its next request, or until its peer takes the rest of the answer.
  using Resume = std::function<void()>;

  /// Takes a connected, non-blocking socket. `budget`, for answers that are taken slowly, must
  /// outlive it.
  FastCgiConnection(UniqueFd socket, MemoryBudget& budget, Resume resume);
  ~FastCgiConnection() override;

  int fd() const noexcept { return m_socket.get(); }

  /// Whether receive() would find something, be it the end. Takes nothing.
  bool has_input() const noexcept;

  /// Reads what has arrived.
  Input receive(ReceivingSpace& space);

  HttpRequest& request() noexcept override { return m_request; }

  /// Sends the response, or what of it the peer takes at once, and then lets the connection go on;
  /// one that cannot go on is shut down, so that the peer closes it.
  void answer(const HttpResponse& response) noexcept override;

  /// Whether there is a rest of an answer. Until it has been sent nothing is to be received.
  bool has_rest() const noexcept { return m_rest != nullptr; }

  /// Sends what the peer takes of the rest.
  void send_rest() noexcept;

  /// Prepares libfcgi. Call it once, before the first connection.
  static void initialize();

 private:
  struct Pieces {
    explicit Pieces(ReceivingSpace& space);

    RequestScanner scanner;
    MemoryBudget::Share memory;
  };

  /// Of an answer.
  struct Rest {
    explicit Rest(MemoryBudget& budget) : memory(budget) {}

    std::string bytes;
    std::size_t sent = 0;
    MemoryBudget::Share memory;
  };

  Input discard(ReceivingSpace& space);
  Input receive_whole(ReceivingSpace& space);
  Input receive_more(ReceivingSpace& space);
  Input keep_pieces(ReceivingSpace& space);
  Input read_pieces(ReceivingSpace& space, Cut cut);
  Input read_request_from(int source, std::size_t body_bytes);
  void read_parameters();
  void read_body(std::size_t body_bytes);
  bool write(const std::string& response) noexcept;
  bool write_to_memory(const std::string& response) noexcept;
  void drop() noexcept;

  struct FreeRequest {
    void operator()(FCGX_Request* request) const noexcept;
  };

  UniqueFd m_socket;
  MemoryBudget& m_budget;
  const Resume m_resume;
  std::unique_ptr<FCGX_Request, FreeRequest> m_fcgi;
  bool m_ended = false;              // after an answer that was the last
  std::unique_ptr<Pieces> m_pieces;  // of a request that does not come all at once
  HttpRequest m_request;
  std::unique_ptr<Rest> m_rest;
};

}  // namespace payhook
