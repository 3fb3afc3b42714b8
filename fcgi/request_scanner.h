#pragma once

#include <array>
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
/// management records, and parameters whose lengths add up (libfcgi allocates what they claim) and
/// that are texts, without a NUL or, in a name, a "=".
///
/// Nothing is kept of the records but what they carry: a peer that cuts its request into records of
/// a byte each takes no more memory than another.
class RequestScanner {
 public:
  enum class State : std::uint8_t {
    INCOMPLETE,
    COMPLETE,
    PARAMETERS_TOO_LARGE,  ///< goes on for longer than anybody has use for
    BODY_TOO_LARGE,        ///< the parameters are there, and the body goes over its limit
    MALFORMED              ///< nothing a web server sends; close the connection
  };

  enum class Body : std::uint8_t { KEEP, SKIP };

  RequestScanner(std::size_t max_body_bytes, Body body) noexcept
      : m_max_body_bytes(max_body_bytes), m_body_use(body) {}

  /// Goes on with the request: `bytes` follow those that it was given before. What is not
  /// INCOMPLETE is final.
  State scan(std::string_view bytes);

  /// How much of the body has come.
  std::size_t body_bytes() const noexcept { return m_body_bytes; }

  /// The body, if it was to be kept.
  std::string take_body();

  /// The request in FastCGI's records, without its body and the parameters that nobody reads:
  /// whole, also where its parameters ended early.
  std::string request_without_body() const;

  /// How much memory it holds of the request.
  std::size_t held_bytes() const noexcept;

  /// Makes ready for another request.
  void reset(std::size_t max_body_bytes) noexcept;

 private:
  enum class Phase : std::uint8_t { BEGIN, ROLE, PARAMS, BODY, END };

  bool take_header(std::string_view& bytes);
  bool begin_request();
  bool take_role();
  bool begin_record();
  bool end_stream();
  void take_content(std::string_view content);

  std::size_t m_max_body_bytes;
  Body m_body_use;
  Phase m_phase = Phase::BEGIN;
  State m_state = State::INCOMPLETE;
  std::array<char, 8> m_header;  // of the record at hand; after the first one's, its content
  std::size_t m_header_bytes = 0;
  std::size_t m_content_left = 0;  // of the record at hand
  std::size_t m_padding_left = 0;
  std::uint16_t m_request_id = 0;
  char m_flags = 0;      // of the record that begins it
  std::string m_params;  // the content of their stream
  std::size_t m_body_bytes = 0;
  std::string m_body;
};

}  // namespace payhook
