#include "json/writer.h"

#include <fmt/format.h>

namespace payhook {

std::string json_string(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      text.push_back('\\');
      text.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      text.append(fmt::format("\\u{:04x}", static_cast<unsigned>(c)));
    } else {
      text.push_back(c);
    }
  }
  text.push_back('"');
  return text;
}

JsonObjectWriter& JsonObjectWriter::string(std::string_view key, std::string_view value) {
  append_key(key);
  m_text.append(json_string(value));
  return *this;
}

JsonObjectWriter& JsonObjectWriter::number(std::string_view key, std::string_view number) {
  return value(key, number);
}

JsonObjectWriter& JsonObjectWriter::value(std::string_view key, std::string_view json) {
  append_key(key);
  m_text.append(json);
  return *this;
}

JsonObjectWriter& JsonObjectWriter::null(std::string_view key) {
  append_key(key);
  m_text.append("null");
  return *this;
}

JsonObjectWriter& JsonObjectWriter::array(std::string_view key,
                                          std::span<const std::string> values) {
  append_key(key);
  m_text.append(fmt::format("[{}]", fmt::join(values, ", ")));
  return *this;
}

std::string JsonObjectWriter::finish() {
  m_text.push_back('}');
  return std::move(m_text);
}

void JsonObjectWriter::append_key(std::string_view key) {
  if (m_text.size() > 1) {
    m_text.append(", ");
  }
  m_text.append(json_string(key));
  m_text.append(": ");
}

}  // namespace payhook
