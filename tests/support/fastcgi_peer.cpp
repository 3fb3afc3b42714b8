#include "tests/support/fastcgi_peer.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "tests/support/cgi_text.h"

namespace payhook::test {

namespace {

// Long enough never to matter: a test that waits for what does not come shall end.
constexpr timeval k_patience{60, 0};

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

char high_byte(std::size_t number) { return static_cast<char>(number >> 8 & 0xff); }
char low_byte(std::size_t number) { return static_cast<char>(number & 0xff); }

std::size_t number_at(std::string_view bytes, std::size_t position) {
  return static_cast<std::size_t>(static_cast<unsigned char>(bytes[position])) << 8 |
         static_cast<unsigned char>(bytes[position + 1]);
}

std::string length(std::string_view text) {
  if (text.size() < 128) {
    return {low_byte(text.size())};
  }
  return {static_cast<char>(text.size() >> 24 | 0x80), static_cast<char>(text.size() >> 16 & 0xff),
          high_byte(text.size()), low_byte(text.size())};
}

std::string stream(std::uint8_t type, const FastCgiRequest& request, std::string_view content) {
  std::string bytes;
  for (; !content.empty();
       content.remove_prefix(std::min(request.bytes_of_a_record, content.size()))) {
    bytes +=
        record(type, request.id, content.substr(0, request.bytes_of_a_record), request.padding);
  }
  return bytes + record(type, request.id, "");
}

UniqueFd connected_to(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("connect");
  }
  return socket;
}

}  // namespace

std::string record(std::uint8_t type, std::uint16_t id, std::string_view content,
                   std::uint8_t padding, std::uint8_t version) {
  std::string bytes{static_cast<char>(version),
                    static_cast<char>(type),
                    high_byte(id),
                    low_byte(id),
                    high_byte(content.size()),
                    low_byte(content.size()),
                    static_cast<char>(padding),
                    '\0'};
  return bytes.append(content).append(padding, '\xaa');
}

std::string begin_request(std::uint16_t id, AfterAnswer after_answer, std::uint16_t role) {
  return record(
      k_begin_request, id,
      std::string{high_byte(role), low_byte(role), static_cast<char>(after_answer), 0, 0, 0, 0, 0});
}

std::string name_value(std::string_view name, std::string_view value) {
  return length(name) + length(value) + std::string(name) + std::string(value);
}

std::string FastCgiRequest::params_stream() const {
  std::string content;
  for (const auto& [name, value] : parameters) {
    content += name_value(name, value);
  }
  return stream(k_params, *this, content);
}

std::string FastCgiRequest::body_stream() const { return stream(k_stdin, *this, body); }

std::string FastCgiRequest::bytes() const {
  return begin_request(id, after_answer) + params_stream() + body_stream();
}

FastCgiRequest get_request(std::string target) {
  FastCgiRequest request;
  request.parameters = {{"REQUEST_METHOD", "GET"},    {"REQUEST_URI", std::move(target)},
                        {"CONTENT_TYPE", ""},         {"CONTENT_LENGTH", ""},
                        {"REMOTE_ADDR", "192.0.2.1"}, {"REQUEST_ID", "0123456789abcdef"}};
  return request;
}

FastCgiRequest post_request(std::string body, std::string content_type) {
  FastCgiRequest request = get_request("/v1/webhooks/transactions");
  request.parameters[0].second = "POST";
  request.parameters[2].second = std::move(content_type);
  request.parameters[3].second = std::to_string(body.size());
  request.body = std::move(body);
  return request;
}

FastCgiRequest webhook_request(const std::string& transaction_id) {
  return post_request(R"({"transaction_id": ")" + transaction_id +
                      R"(", "source_account": "acc_user_001", )"
                      R"("destination_account": "acc_merchant_001", )"
                      R"("amount": 500, "currency": "INR"})");
}

FastCgiPeer::FastCgiPeer(UniqueFd socket) : m_socket(std::move(socket)) {
  ::setsockopt(m_socket.get(), SOL_SOCKET, SO_RCVTIMEO, &k_patience, sizeof k_patience);
  ::setsockopt(m_socket.get(), SOL_SOCKET, SO_SNDTIMEO, &k_patience, sizeof k_patience);
}

FastCgiPeer::FastCgiPeer(const std::filesystem::path& path) : FastCgiPeer(connected_to(path)) {}

bool FastCgiPeer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(m_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EPIPE || errno == ECONNRESET) {
        return false;
      }
      fail("send");
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Response FastCgiPeer::receive(std::uint16_t id) {
  std::string out;
  bool out_has_ended = false;
  for (;;) {
    const std::string header = receive_bytes(8);
    const std::size_t content_bytes = number_at(header, 4);
    const std::string content =
        receive_bytes(content_bytes + static_cast<unsigned char>(header[6]));
    const auto type = static_cast<std::uint8_t>(header[1]);
    if (header[0] != 1 || number_at(header, 2) != id || out_has_ended != (type == k_end_request)) {
      throw std::runtime_error("not the record that was due");
    }
    if (type == k_end_request) {
      if (content != std::string(8, '\0')) {
        throw std::runtime_error("the request did not end well");
      }
      return parse_cgi_text(out);
    }
    if (type != k_stdout) {
      throw std::runtime_error("a record of another type than an answer's");
    }
    out.append(content, 0, content_bytes);
    out_has_ended = content_bytes == 0;
  }
}

Response FastCgiPeer::exchange(const FastCgiRequest& request) {
  if (!send(request.bytes())) {
    throw std::runtime_error("the connection was closed before a request");
  }
  return receive(request.id);
}

bool FastCgiPeer::is_closed() {
  char byte = 0;
  const ssize_t count = ::recv(m_socket.get(), &byte, 1, 0);
  if (count < 0 && errno != ECONNRESET) {
    fail("recv");
  }
  return count <= 0;
}

std::string FastCgiPeer::receive_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  const ssize_t received = ::recv(m_socket.get(), bytes.data(), count, MSG_WAITALL);
  if (received < 0) {
    fail("recv");
  }
  if (static_cast<std::size_t>(received) != count) {
    throw std::runtime_error("the connection was closed in the middle of an answer");
  }
  return bytes;
}

std::pair<UniqueFd, UniqueFd> socket_pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
    fail("socketpair");
  }
  ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

}  // namespace payhook::test
