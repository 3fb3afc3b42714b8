#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/unique_fd.h"
#include "tests/support/case_file.h"

namespace payhook::test {

// Record types and roles of FastCGI 1.0, section 8.
inline constexpr std::uint8_t k_begin_request = 1;
inline constexpr std::uint8_t k_abort_request = 2;
inline constexpr std::uint8_t k_end_request = 3;
inline constexpr std::uint8_t k_params = 4;
inline constexpr std::uint8_t k_stdin = 5;
inline constexpr std::uint8_t k_stdout = 6;
inline constexpr std::uint8_t k_data = 8;
inline constexpr std::uint8_t k_get_values = 9;
inline constexpr std::uint16_t k_responder = 1;

/// One record. `content` is at most 65535 bytes.
std::string record(std::uint8_t type, std::uint16_t id, std::string_view content,
                   std::uint8_t padding = 0, std::uint8_t version = 1);

enum class AfterAnswer : std::uint8_t { CLOSE = 0, KEEP = 1 };

std::string begin_request(std::uint16_t id, AfterAnswer after_answer = AfterAnswer::KEEP,
                          std::uint16_t role = k_responder);

/// A parameter as it stands in the params stream.
std::string name_value(std::string_view name, std::string_view value);

/// A request as a web server sends it.
struct FastCgiRequest {
  std::uint16_t id = 1;
  AfterAnswer after_answer = AfterAnswer::KEEP;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string body;
  std::size_t bytes_of_a_record = 32768;  ///< of content, at most
  std::uint8_t padding = 0;               ///< of each record with content

  std::string params_stream() const;
  std::string body_stream() const;  ///< the empty record at its end included
  std::string bytes() const;
};

FastCgiRequest get_request(std::string target);

/// A webhook of 500 INR.
FastCgiRequest webhook_request(const std::string& transaction_id);

/// A POST of anything to the path of the webhooks.
FastCgiRequest post_request(std::string body, std::string content_type = "application/json");

/// The web server's end of a connection. Its calls block; they throw std::runtime_error when
/// nothing comes at all.
class FastCgiPeer {
 public:
  explicit FastCgiPeer(UniqueFd socket);

  /// Connects to a listening unix socket.
  explicit FastCgiPeer(const std::filesystem::path& path);

  /// Sends all of it; returns false when the other end has closed.
  bool send(std::string_view bytes);

  /// Receives the answer to request `id`, whose records must be as FastCGI wants them.
  Response receive(std::uint16_t id = 1);

  /// Sends and receives.
  Response exchange(const FastCgiRequest& request);

  /// Waits for what comes next; returns whether it is the end.
  bool is_closed();

  void close() { m_socket.reset(); }

 private:
  std::string receive_bytes(std::size_t count);

  UniqueFd m_socket;
};

/// Two connected stream sockets, of which the first does not block.
std::pair<UniqueFd, UniqueFd> socket_pair();

}  // namespace payhook::test
