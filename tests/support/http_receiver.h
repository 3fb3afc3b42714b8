#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/unique_fd.h"

namespace payhook::test {

/// A server at a port of 127.0.0.1 that keeps the requests it gets, one connection for each, and
/// answers them as a test says.
class HttpReceiver {
 public:
  /// All that is written as the answer to a request, whose bytes it is given; nothing keeps the
  /// client waiting until the end.
  using Answer = std::function<std::optional<std::string>(const std::string& request)>;

  explicit HttpReceiver(Answer answer);
  ~HttpReceiver();
  HttpReceiver(const HttpReceiver&) = delete;
  HttpReceiver& operator=(const HttpReceiver&) = delete;

  std::uint16_t port() const noexcept { return m_port; }
  std::vector<std::string> requests() const;
  void wait_for_requests(std::size_t count) const;

  static std::string ok() { return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"; }

 private:
  void serve();
  void serve_one(UniqueFd connection);

  const Answer m_answer;
  UniqueFd m_socket;
  std::uint16_t m_port = 0;
  mutable std::mutex m_mutex;
  mutable std::condition_variable m_changed;
  std::vector<std::string> m_requests;
  std::vector<UniqueFd> m_waiting;
  std::thread m_thread;  // last: it uses all the others
};

}  // namespace payhook::test
