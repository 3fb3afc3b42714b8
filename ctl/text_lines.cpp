#include "ctl/text_lines.h"

#include <string_view>

#include "json/grammar.h"

namespace payhook {

namespace {

using Traits = std::istream::traits_type;

constexpr std::string_view k_byte_order_mark = "\xef\xbb\xbf";

}  // namespace

TextLines::TextLines(std::istream& in) : m_in(in) {
  while (m_ahead.size() < k_byte_order_mark.size() && m_in.rdbuf()->sgetc() != Traits::eof()) {
    m_ahead += Traits::to_char_type(m_in.rdbuf()->sbumpc());
  }
  if (m_ahead == k_byte_order_mark) {
    m_ahead.clear();
  }
}

std::optional<char> TextLines::peek() {
  if (!m_ahead.empty()) {
    return m_ahead.front();
  }
  const int c = m_in.rdbuf()->sgetc();
  return c == Traits::eof() ? std::nullopt : std::optional(Traits::to_char_type(c));
}

std::optional<std::string> TextLines::next() {
  if (!peek()) {
    return std::nullopt;
  }
  ++m_number;
  std::string line;
  for (int c = get(); c != Traits::eof() && c != '\n'; c = get()) {
    if (line.size() == k_most_bytes) {
      throw WrongLine(m_number, "it has more than 1 MiB: is this a text?");
    }
    line += Traits::to_char_type(c);
  }
  if (!is_utf8(line)) {
    throw WrongLine(m_number, "it is no UTF-8: convert the file, as with iconv(1)");
  }
  return line;
}

int TextLines::get() {
  int c = 0;
  if (m_ahead.empty()) {
    c = m_in.rdbuf()->sbumpc();
  } else {
    c = Traits::to_int_type(m_ahead.front());
    m_ahead.erase(0, 1);
  }
  m_bytes += c == Traits::eof() ? 0 : 1;
  return c;
}

}  // namespace payhook
