#include "fcgi/request_scanner.h"

#include <optional>

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

// What a record of one byte takes, header and padding to a multiple of 8 included. Only a peer that
// wants to fill the memory needs more.
constexpr std::size_t k_bytes_per_content_byte = 16;

std::uint8_t byte_at(std::string_view bytes, std::size_t position) {
  return static_cast<std::uint8_t>(bytes[position]);
}

std::uint16_t number_at(std::string_view bytes, std::size_t position) {
  return static_cast<std::uint16_t>(byte_at(bytes, position) << 8 | byte_at(bytes, position + 1));
}

/// Takes a length, of one byte or, with the first bit set, of four. Absent where `bytes` ends
/// early.
std::optional<std::size_t> take_length(std::string_view& bytes) {
  const std::size_t size = !bytes.empty() && byte_at(bytes, 0) >= 0x80 ? 4 : 1;
  if (bytes.size() < size) {
    return std::nullopt;
  }
  std::size_t length = byte_at(bytes, 0) & 0x7fU;
  for (std::size_t i = 1; i < size; ++i) {
    length = length << 8 | byte_at(bytes, i);
  }
  bytes.remove_prefix(size);
  return length;
}

/// Whether `params` is a sequence of names and values, each with its length, and nothing more.
bool are_whole_pairs(std::string_view params) {
  while (!params.empty()) {
    const auto name = take_length(params);
    const auto value = take_length(params);
    if (!name || !value || *name + *value > params.size()) {
      return false;
    }
    params.remove_prefix(*name + *value);
  }
  return true;
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

RequestScanner::State RequestScanner::scan(std::string_view bytes) {
  if (bytes.size() > k_bytes_per_content_byte * (k_max_params_bytes + m_max_body_bytes)) {
    return State::MALFORMED;
  }
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
    if (m_phase == Phase::BODY && m_body_bytes == 0) {
      m_body_begin = m_position;
    }
    if (m_body_bytes > m_max_body_bytes) {
      return State::BODY_TOO_LARGE;
    }
  }
  return bytes.size() == m_position ? State::COMPLETE : State::MALFORMED;
}

bool RequestScanner::take(const Record& record) {
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
    const bool good = m_phase == Phase::BODY || are_whole_pairs(m_params);
    m_phase = m_phase == Phase::PARAMS ? Phase::BODY : Phase::END;
    // libfcgi would leave this padding unread, in front of the next request.
    return good && record.padding == 0;
  }
  if (m_phase == Phase::BODY) {
    m_body_bytes += record.length;
    return true;
  }
  m_params += record.content;
  return m_params.size() <= k_max_params_bytes;
}

void RequestScanner::reset() noexcept {
  m_position = 0;
  m_body_begin = 0;
  m_params.clear();
  m_body_bytes = 0;
  m_phase = Phase::BEGIN;
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
