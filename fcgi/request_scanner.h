#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace payhook {

/// Walks the records of one FastCGI request (begin, params, stdin, each stream closed by an empty
/// record) to tell whether all of it has arrived. libfcgi reads with blocking calls and takes what
/// it leaves unread for the next request, so it is only ever given exactly one whole request.
///
/// Only what web servers send to a responder is taken: one request at a time on a connection, no
/// management records, and parameters whose lengths add up (libfcgi allocates what they claim).
class RequestScanner {
 public:
  enum class State : std::uint8_t {
    INCOMPLETE,
    COMPLETE,
    BODY_TOO_LARGE,  ///< everything before the body is there: bytes 0 to body_begin()
    MALFORMED        ///< nothing a web server sends; close the connection
  };

  explicit RequestScanner(std::size_t max_body_bytes) : m_max_body_bytes(max_body_bytes) {}

  /// Goes on with the request, of which `bytes` is all that has arrived since its first byte.
  State scan(std::string_view bytes);

  /// Where the records of the body begin, once they do.
  std::size_t body_begin() const noexcept { return m_body_begin; }

  /// The id that the web server gave to the request, once it has begun.
  std::uint16_t request_id() const noexcept { return m_request_id; }

  void limit_body(std::size_t max_body_bytes) noexcept { m_max_body_bytes = max_body_bytes; }

  /// Makes ready for the next request.
  void reset() noexcept;

 private:
  enum class Phase : std::uint8_t { BEGIN, PARAMS, BODY, END };
  struct Record;

  bool take(const Record& record);

  std::size_t m_max_body_bytes;
  std::size_t m_position = 0;  // of the next record
  std::size_t m_body_begin = 0;
  std::string m_params;  // the content of their stream
  std::size_t m_body_bytes = 0;
  std::uint16_t m_request_id = 0;
  Phase m_phase = Phase::BEGIN;
};

/// The empty record that ends the body of request `request_id`.
std::string end_of_body_record(std::uint16_t request_id);

}  // namespace payhook
