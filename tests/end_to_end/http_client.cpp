#include "tests/end_to_end/http_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

namespace payhook::test {

namespace {

[[noreturn]] void fail(const char* what) {
  throw NoAnswer(fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw NoAnswer(fmt::format("no number: \"{}\"", text));
  }
  return value;
}

/// Status and headers of "HTTP/1.1 200 OK\r\nName: value\r\n…\r\n".
Response parse_head(std::string_view head) {
  constexpr std::string_view k_version = "HTTP/1.1 ";
  if (!head.starts_with(k_version)) {
    throw NoAnswer(fmt::format("no HTTP answer: \"{}\"", head.substr(0, 200)));
  }
  Response response;
  response.status = static_cast<int>(number(head.substr(k_version.size(), 3)));
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.starts_with("\r\n")) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) {
      throw NoAnswer(fmt::format("no header: \"{}\"", line));
    }
    response.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))});
    head.remove_prefix(line.size() + 2);
  }
  return response;
}

sockaddr_in socket_address(const char* host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

}  // namespace

std::string header(const Response& response, std::string_view name) {
  for (const Header& candidate : response.headers) {
    if (same_name(candidate.name, name)) {
      return candidate.value;
    }
  }
  return "";
}

HttpClient::HttpClient(std::uint16_t port, std::chrono::milliseconds patience, std::string source)
    : m_port(port), m_patience(patience), m_source(std::move(source)) {}

Response HttpClient::post_json(std::string_view target, std::string_view body) {
  return request("POST", target, {{"Content-Type", "application/json"}}, body);
}

Response HttpClient::request(std::string_view method, std::string_view target,
                             const std::vector<Header>& headers, std::string_view body) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, target);
  for (const Header& each : headers) {
    text += fmt::format("{}: {}\r\n", each.name, each.value);
  }
  if (method == "POST" || !body.empty()) {
    text += fmt::format("Content-Length: {}\r\n", body.size());
  }
  text += "\r\n";
  text += body;
  send(text);
  return receive(method);
}

void HttpClient::connect() {
  close();
  m_socket.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!m_socket) {
    fail("socket");
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(m_patience);
  const timeval patience{seconds.count(), std::chrono::microseconds(m_patience - seconds).count()};
  ::setsockopt(m_socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(m_socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int on = 1;
  ::setsockopt(m_socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!m_source.empty()) {
    const sockaddr_in source = socket_address(m_source.c_str(), 0);
    if (::bind(m_socket.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) {
      fail("bind");
    }
  }
  const sockaddr_in address = socket_address("127.0.0.1", m_port);
  if (::connect(m_socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    m_socket.reset();
    fail("connect");
  }
}

void HttpClient::close() noexcept {
  m_socket.reset();
  m_received.clear();
}

void HttpClient::end_sending() {
  if (::shutdown(m_socket.get(), SHUT_WR) != 0) {
    fail("shutdown");
  }
}

void HttpClient::send(std::string_view bytes) {
  if (!m_socket) {
    connect();
  }
  while (!bytes.empty()) {
    const ssize_t count = ::send(m_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) {
      // A server that refuses a request may answer and close before it has read all of it.
      if (errno == EPIPE || errno == ECONNRESET) {
        return;
      }
      m_socket.reset();
      fail("send");
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

Response HttpClient::receive(std::string_view method) {
  Response response = parse_head(receive_head());
  const bool has_body = method != "HEAD" && response.status != 204 && response.status != 304;
  if (has_body) {
    response.body = body(response);
  }
  if (same_name(header(response, "Connection"), "close")) {
    close();
  }
  return response;
}

bool HttpClient::has_received() const {
  pollfd socket{m_socket.get(), POLLIN, 0};
  return !m_received.empty() || ::poll(&socket, 1, 0) > 0;
}

std::string HttpClient::body(const Response& head) {
  const std::string length = header(head, "Content-Length");
  if (length.empty() && same_name(header(head, "Connection"), "close")) {
    while (receive_unless_ended()) {
    }
    return std::exchange(m_received, {});
  }
  return take(number(length));
}

std::string HttpClient::receive_head() {
  constexpr std::string_view k_end = "\r\n\r\n";
  std::size_t end = 0;
  while ((end = m_received.find(k_end)) == std::string::npos) {
    receive_some();
  }
  return take(end + k_end.size());
}

std::string HttpClient::take(std::size_t count) {
  while (m_received.size() < count) {
    receive_some();
  }
  std::string taken = m_received.substr(0, count);
  m_received.erase(0, count);
  return taken;
}

void HttpClient::receive_some() {
  if (!receive_unless_ended()) {
    close();
    errno = ECONNRESET;
    fail("no answer");
  }
}

/// False once the server has closed the connection.
bool HttpClient::receive_unless_ended() {
  std::array<char, 16384> buffer;
  const ssize_t count =
      m_socket ? ::recv(m_socket.get(), buffer.data(), buffer.size(), 0) : ssize_t{0};
  if (count < 0) {
    const int error = errno;
    close();
    errno = error;
    fail("no answer");
  }
  m_received.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

}  // namespace payhook::test
