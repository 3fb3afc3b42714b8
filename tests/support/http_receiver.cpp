#include "tests/support/http_receiver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <utility>

#include "core/system_error.h"

namespace payhook::test {

namespace {

/// The body's, as the request announces it.
std::size_t length_of(const std::string& head) {
  constexpr std::string_view k_name = "content-length: ";
  const std::size_t at = [&head, k_name] {
    std::string lower = head;
    for (char& c : lower) {
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return lower.find(k_name);
  }();
  return at == head.npos ? 0 : std::stoul(head.substr(at + k_name.size()));
}

std::string request_on(int connection) {
  std::string request;
  std::array<char, 65536> bytes{};
  for (;;) {
    const std::size_t head = request.find("\r\n\r\n");
    if (head != request.npos && request.size() >= head + 4 + length_of(request.substr(0, head))) {
      return request;
    }
    const ssize_t size = ::recv(connection, bytes.data(), bytes.size(), 0);
    if (size <= 0) {
      return "";
    }
    request.append(bytes.data(), static_cast<std::size_t>(size));
  }
}

void write_all(int connection, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (size <= 0) {
      return;
    }
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

}  // namespace

HttpReceiver::HttpReceiver(Answer answer)
    : m_answer(std::move(answer)), m_socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (!m_socket || ::bind(m_socket.get(), generic, size) != 0 ||
      ::listen(m_socket.get(), SOMAXCONN) != 0 ||
      ::getsockname(m_socket.get(), generic, &size) != 0) {
    throw_errno("cannot listen");
  }
  m_port = ntohs(address.sin_port);
  m_thread = std::thread([this] { serve(); });
}

HttpReceiver::~HttpReceiver() {
  ::shutdown(m_socket.get(), SHUT_RDWR);
  m_thread.join();
}

void HttpReceiver::serve() {
  for (;;) {
    UniqueFd connection(::accept4(m_socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) {
      return;
    }
    serve_one(std::move(connection));
  }
}

void HttpReceiver::serve_one(UniqueFd connection) {
  std::string request = request_on(connection.get());
  if (request.empty()) {
    return;
  }
  const auto answer = m_answer(request);
  {
    const std::lock_guard lock(m_mutex);
    m_requests.push_back(std::move(request));
    if (!answer) {
      m_waiting.push_back(std::move(connection));
    }
  }
  m_changed.notify_all();
  if (answer) {
    write_all(connection.get(), *answer);
  }
}

std::vector<std::string> HttpReceiver::requests() const {
  const std::lock_guard lock(m_mutex);
  return m_requests;
}

void HttpReceiver::wait_for_requests(std::size_t count) const {
  std::unique_lock lock(m_mutex);
  m_changed.wait(lock, [&] { return m_requests.size() >= count; });
}

}  // namespace payhook::test
