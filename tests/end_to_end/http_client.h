#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/unique_fd.h"
#include "tests/support/case_file.h"

namespace payhook::test {

/// No answer came: the connection was refused, broke off, was silent for too long, or what came is
/// no HTTP.
class NoAnswer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The value of a response's header, "" where it has none.
std::string header(const Response& response, std::string_view name);

/// An HTTP/1.1 client that keeps its connection to 127.0.0.1, opens it when needed, and blocks. It
/// never repeats a request by itself. For one thread. Member functions throw NoAnswer.
class HttpClient {
 public:
  /// `source` is the address that it comes from, any of 127.0.0.0/8; "": whatever the kernel takes.
  explicit HttpClient(std::uint16_t port,
                      std::chrono::milliseconds patience = std::chrono::seconds{30},
                      std::string source = "");

  Response get(std::string_view target) { return request("GET", target); }
  Response post_json(std::string_view target, std::string_view body);
  Response request(std::string_view method, std::string_view target,
                   const std::vector<Header>& headers = {}, std::string_view body = "");

  /// The halves of request(): any bytes out, and then one answer in.
  void send(std::string_view bytes);
  Response receive(std::string_view method = "GET");

  /// Sends no more, which HTTP allows after a request, and can still receive.
  void end_sending();

  /// Whether something has come that receive() has not taken yet; waits for nothing.
  bool has_received() const;

  void connect();
  void close() noexcept;
  bool is_connected() const noexcept { return static_cast<bool>(m_socket); }

 private:
  std::string receive_head();
  std::string body(const Response& head);
  void receive_some();
  bool receive_unless_ended();
  std::string take(std::size_t count);

  std::uint16_t m_port;
  std::chrono::milliseconds m_patience;
  std::string m_source;
  UniqueFd m_socket;
  std::string m_received;  // and not yet taken
};

}  // namespace payhook::test
