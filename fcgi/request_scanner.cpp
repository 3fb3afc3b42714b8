#include "fcgi/request_scanner.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "api/meta_variables.h"

namespace payhook {

namespace {

// FastCGI 1.0, sections 3.3 and 8.
constexpr std::uint8_t k_version = 1;
constexpr std::uint8_t k_begin_request = 1;
constexpr std::uint8_t k_params = 4;
constexpr std::uint8_t k_stdin = 5;
constexpr std::uint16_t k_responder_role = 1;
constexpr std::size_t k_max_content_bytes = 65535;

// Several times the request headers that nginx accepts.
constexpr std::size_t k_max_params_bytes = std::size_t{128} << 10;

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

struct Parameter {
  std::string_view name;
  std::string_view value;
  std::string_view text;  // both of them
  std::string_view encoded;
};

/// Takes a name and a value, each with its length. Absent where `params` ends early.
std::optional<Parameter> take_parameter(std::string_view& params) {
  std::string_view rest = params;
  const auto name = take_length(rest);
  const auto value = take_length(rest);
  if (!name || !value || *name + *value > rest.size()) {
    return std::nullopt;
  }
  const std::size_t size = params.size() - rest.size() + *name + *value;
  const Parameter parameter{rest.substr(0, *name), rest.substr(*name, *value),
                            rest.substr(0, *name + *value), params.substr(0, size)};
  params.remove_prefix(size);
  return parameter;
}

/// Whether `params` is a sequence of parameters, and nothing more, that say the same as texts
/// NAME=value, which libfcgi makes of them: it reserves the length that is claimed.
bool are_texts(std::string_view params) {
  const auto has = [](std::string_view text, char c) { return text.find(c) != text.npos; };
  while (!params.empty()) {
    const auto parameter = take_parameter(params);
    if (!parameter || has(parameter->name, '=') || has(parameter->text, '\0')) {
      return false;
    }
  }
  return true;
}

/// The parameters, as far as they are whole, that are read.
std::string meta_variables_of(std::string_view params) {
  std::string variables;
  while (const auto parameter = take_parameter(params)) {
    if (MetaVariables::are_read(parameter->name)) {
      variables += parameter->encoded;
    }
  }
  return variables;
}

/// CONTENT_LENGTH, or 0 where it is no number.
std::size_t announced_body_bytes(std::string_view params) {
  std::size_t bytes = 0;
  while (const auto parameter = take_parameter(params)) {
    if (parameter->name == "CONTENT_LENGTH") {
      const std::string_view text = parameter->value;
      std::from_chars(text.data(), text.data() + text.size(), bytes);
    }
  }
  return bytes;
}

void append_record(std::string& records, std::uint8_t type, std::uint16_t request_id,
                   std::string_view content) {
  for (const std::size_t byte :
       {std::size_t{k_version}, std::size_t{type}, std::size_t{request_id} >> 8,
        std::size_t{request_id} & 0xff, content.size() >> 8, content.size() & 0xff, std::size_t{0},
        std::size_t{0}}) {
    records += static_cast<char>(byte);
  }
  records += content;
}

}  // namespace

RequestScanner::State RequestScanner::scan(std::string_view bytes) {
  while (m_state == State::INCOMPLETE && !bytes.empty()) {
    if (m_content_left > 0) {
      const std::size_t count = std::min(m_content_left, bytes.size());
      take_content(bytes.substr(0, count));
      bytes.remove_prefix(count);
    } else if (m_padding_left > 0) {
      const std::size_t count = std::min(m_padding_left, bytes.size());
      m_padding_left -= count;
      bytes.remove_prefix(count);
    } else if (!take_header(bytes)) {
      m_state = State::MALFORMED;
    }
  }
  if (m_state == State::COMPLETE && !bytes.empty()) {
    m_state = State::MALFORMED;
  }
  return m_state;
}

/// Takes of `bytes` what is missing of a record's header, and begins the record once it is whole.
bool RequestScanner::take_header(std::string_view& bytes) {
  const std::size_t count = std::min(m_header.size() - m_header_bytes, bytes.size());
  bytes.copy(m_header.data() + m_header_bytes, count);
  bytes.remove_prefix(count);
  m_header_bytes += count;
  if (m_header_bytes < m_header.size()) {
    return true;
  }
  m_header_bytes = 0;
  switch (m_phase) {
    case Phase::BEGIN:
      return begin_request();
    case Phase::ROLE:
      return take_role();
    default:
      return begin_record();
  }
}

bool RequestScanner::begin_request() {
  const std::string_view header(m_header.data(), m_header.size());
  m_request_id = number_at(header, 2);
  m_phase = Phase::ROLE;
  // libfcgi takes this record's padding for the next record.
  return byte_at(header, 0) == k_version && byte_at(header, 1) == k_begin_request &&
         m_request_id != 0 && number_at(header, 4) == m_header.size() && byte_at(header, 6) == 0;
}

bool RequestScanner::take_role() {
  const std::string_view content(m_header.data(), m_header.size());
  m_flags = content[2];
  m_phase = Phase::PARAMS;
  return number_at(content, 0) == k_responder_role;
}

bool RequestScanner::begin_record() {
  const std::string_view header(m_header.data(), m_header.size());
  const std::uint8_t expected_type = m_phase == Phase::PARAMS ? k_params : k_stdin;
  if (byte_at(header, 0) != k_version || byte_at(header, 1) != expected_type ||
      number_at(header, 2) != m_request_id) {
    return false;
  }
  m_content_left = number_at(header, 4);
  m_padding_left = byte_at(header, 6);
  if (m_content_left == 0) {
    return end_stream();
  }
  if (m_phase == Phase::PARAMS && m_params.size() + m_content_left > k_max_params_bytes) {
    m_state = State::PARAMETERS_TOO_LARGE;
  } else if (m_phase == Phase::BODY && m_body_bytes + m_content_left > m_max_body_bytes) {
    m_state = State::BODY_TOO_LARGE;
  }
  return true;
}

bool RequestScanner::end_stream() {
  // libfcgi would leave this padding unread, in front of the next request.
  if (m_padding_left > 0) {
    return false;
  }
  if (m_phase == Phase::BODY) {
    m_phase = Phase::END;
    m_state = State::COMPLETE;
    return true;
  }
  m_phase = Phase::BODY;
  if (m_body_use == Body::KEEP) {
    m_body.reserve(std::min(announced_body_bytes(m_params), m_max_body_bytes));
  }
  return are_texts(m_params);
}

void RequestScanner::take_content(std::string_view content) {
  m_content_left -= content.size();
  if (m_phase == Phase::PARAMS) {
    m_params += content;
    return;
  }
  m_body_bytes += content.size();
  if (m_body_use == Body::KEEP) {
    m_body += content;
  }
}

std::size_t RequestScanner::held_bytes() const noexcept {
  // A short text is in the string itself.
  const auto beside = [](const std::string& text) {
    return text.capacity() > std::string().capacity() ? text.capacity() : 0;
  };
  return beside(m_params) + beside(m_body);
}

std::string RequestScanner::take_body() {
  m_body.shrink_to_fit();
  return std::move(m_body);
}

std::string RequestScanner::request_without_body() const {
  std::string records;
  append_record(records, k_begin_request, m_request_id,
                std::string{'\0', k_responder_role, m_flags, '\0', '\0', '\0', '\0', '\0'});
  const std::string params = meta_variables_of(m_params);
  for (std::string_view rest = params; !rest.empty();
       rest.remove_prefix(std::min(rest.size(), k_max_content_bytes))) {
    append_record(records, k_params, m_request_id, rest.substr(0, k_max_content_bytes));
  }
  append_record(records, k_params, m_request_id, "");
  append_record(records, k_stdin, m_request_id, "");
  return records;
}

void RequestScanner::reset(std::size_t max_body_bytes) noexcept {
  m_max_body_bytes = max_body_bytes;
  m_phase = Phase::BEGIN;
  m_state = State::INCOMPLETE;
  m_header_bytes = 0;
  m_content_left = 0;
  m_padding_left = 0;
  m_params.clear();
  m_body_bytes = 0;
  m_body.clear();
}

}  // namespace payhook
