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
  MemoryBudget& budget;    ///< for requests that have come in part
  std::string bytes;       ///< that have just come
  RequestScanner scanner;  ///< for a request that has come whole
  MemoryFile file;         ///< from which libfcgi reads one that came in pieces
};

/// One connection from the web server, on which requests come one after the other. This is the
/// adapter to libfcgi.
///
/// It belongs to one thread at a time: to its event loop, which calls receive(), and from a
/// received request until answer() to whoever answers. Neither ever blocks: libfcgi is given a
/// request only once it is there whole, and a peer that does not take its answer is dropped.
class FastCgiConnection final : public Exchange {
 public:
  enum class Input {
    REQUEST,     ///< request() is there, to be answered
    INCOMPLETE,  ///< the rest has still to come
    CLOSED       ///< the peer has gone, or does not speak FastCGI: destroy the connection
  };

  /// Called by answer() as its very last act, in the answering thread: the connection waits for
  /// its next request.
  using Resume = std::function<void()>;

  /// Takes a connected, non-blocking socket.
  FastCgiConnection(UniqueFd socket, Resume resume);
  ~FastCgiConnection() override;

  int fd() const noexcept { return m_socket.get(); }

  /// Whether receive() would find something, be it the end. Takes nothing.
  bool has_input() const noexcept;

  /// Reads what has arrived.
  Input receive(ReceivingSpace& space);

  HttpRequest& request() noexcept override { return m_request; }

  /// Sends the response, and then lets the connection go on; one that cannot go on is shut down,
  /// so that the peer closes it.
  void answer(const HttpResponse& response) noexcept override;

  /// Prepares libfcgi. Call it once, before the first connection.
  static void initialize();

 private:
  struct Pieces {
    explicit Pieces(ReceivingSpace& space);

    RequestScanner scanner;
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

  struct FreeRequest {
    void operator()(FCGX_Request* request) const noexcept;
  };

  UniqueFd m_socket;
  const Resume m_resume;
  std::unique_ptr<FCGX_Request, FreeRequest> m_fcgi;
  bool m_ended = false;              // after an answer that was the last
  std::unique_ptr<Pieces> m_pieces;  // of a request that does not come all at once
  HttpRequest m_request;
};

}  // namespace payhook
