#include "fcgi/request_scanner.h"

namespace payhook {

namespace {

// FastCGI 1.0, sections 3.3 and 8.
constexpr std::uint8_t k_version = 1;
constexpr std::uint8_t k_begin_request = 1;
constexpr std::uint8_t k_params = 4;
constexpr std::uint8_t k_stdin = 5;
constexpr std::uint16_t k_responder_role = 1;
constexpr std::size_t k_header_bytes = 8;
constexpr std::size_t k_begin_body_bytes = 8;

// Several times the request headers that nginx accepts.
constexpr std::size_t k_max_params_bytes = std::size_t{128} << 10;

std::uint8_t byte_at(std::string_view bytes, std::size_t position) {
  return static_cast<std::uint8_t>(bytes[position]);
}

std::uint16_t number_at(std::string_view bytes, std::size_t position) {
  return static_cast<std::uint16_t>(byte_at(bytes, position) << 8 | byte_at(bytes, position + 1));
}

}  // namespace

struct RequestScanner::Record {
  std::uint8_t version;
  std::uint8_t type;
  std::uint16_t request_id;
  std::uint16_t length;
  std::uint8_t padding;
  std::string_view content;
};

RequestScanner::State RequestScanner::scan(std::string_view bytes) noexcept {
  while (m_phase != Phase::END) {
    const std::string_view rest = bytes.substr(m_position);
    if (rest.size() < k_header_bytes) {
      return State::INCOMPLETE;
    }
    Record record{byte_at(rest, 0),   byte_at(rest, 1), number_at(rest, 2),
                  number_at(rest, 4), byte_at(rest, 6), {}};
    const std::size_t size = k_header_bytes + record.length + record.padding;
    if (rest.size() < size) {
      return State::INCOMPLETE;
    }
    record.content = rest.substr(k_header_bytes, record.length);
    if (!take(record)) {
      return State::MALFORMED;
    }
    m_position += size;
    if (m_phase == Phase::BODY && m_stream_bytes == 0) {
      m_body_begin = m_position;
    }
    if (m_phase == Phase::BODY && m_stream_bytes > m_max_body_bytes) {
      return State::BODY_TOO_LARGE;
    }
  }
  return bytes.size() == m_position ? State::COMPLETE : State::MALFORMED;
}

bool RequestScanner::take(const Record& record) noexcept {
  if (record.version != k_version) {
    return false;
  }
  if (m_phase == Phase::BEGIN) {
    m_request_id = record.request_id;
    m_phase = Phase::PARAMS;
    // libfcgi takes this record's padding for the next record.
    return record.type == k_begin_request && record.request_id != 0 && record.padding == 0 &&
           record.length == k_begin_body_bytes && number_at(record.content, 0) == k_responder_role;
  }
  const std::uint8_t expected_type = m_phase == Phase::PARAMS ? k_params : k_stdin;
  if (record.type != expected_type || record.request_id != m_request_id) {
    return false;
  }
  if (record.length == 0) {
    m_phase = m_phase == Phase::PARAMS ? Phase::BODY : Phase::END;
    m_stream_bytes = 0;
    // libfcgi would leave this padding unread, in front of the next request.
    return record.padding == 0;
  }
  m_stream_bytes += record.length;
  return m_phase != Phase::PARAMS || m_stream_bytes <= k_max_params_bytes;
}

std::string end_of_body_record(std::uint16_t request_id) {
  return {static_cast<char>(k_version),
          static_cast<char>(k_stdin),
          static_cast<char>(request_id >> 8),
          static_cast<char>(request_id & 0xff),
          0,
          0,
          0,
          0};
}

}  // namespace payhook
