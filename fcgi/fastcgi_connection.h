#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "core/unique_fd.h"
#include "fcgi/exchange.h"
#include "fcgi/request_scanner.h"

struct FCGX_Request;

namespace payhook {

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
  FastCgiConnection(UniqueFd socket, std::size_t max_body_bytes, Resume resume);
  ~FastCgiConnection() override;

  int fd() const noexcept { return m_socket.get(); }

  /// Changes the size that a body may have. To be called in the event loop's thread, whoever has
  /// the connection.
  void limit_body(std::size_t max_body_bytes) noexcept { m_scanner.limit_body(max_body_bytes); }

  /// Reads what has arrived. `scratch` is working space of the calling thread.
  Input receive(std::string& scratch);

  HttpRequest& request() noexcept override { return m_request; }

  /// Sends the response, and then lets the connection go on; one that cannot go on is shut down,
  /// so that the peer closes it.
  void answer(const HttpResponse& response) noexcept override;

  /// Prepares libfcgi. Call it once, before the first connection.
  static void initialize();

 private:
  Input discard(std::string& scratch);
  Input receive_whole(std::string& scratch);
  Input receive_more(std::string& scratch);
  Input read_request_from(int fd, bool body_was_cut);
  Input read_assembled_request(bool body_was_cut);
  void read_parameters();
  void read_body();

  struct FreeRequest {
    void operator()(FCGX_Request* request) const noexcept;
  };

  UniqueFd m_socket;
  const Resume m_resume;
  std::unique_ptr<FCGX_Request, FreeRequest> m_fcgi;
  RequestScanner m_scanner;
  bool m_ended = false;     // after an answer that was the last
  std::string m_assembled;  // the beginning of a request that did not come all at once
  HttpRequest m_request;
};

}  // namespace payhook
