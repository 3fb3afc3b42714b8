#include "webhook/json_grammar.h"

namespace payhook {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_number_character(char c) {
  return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// A recursive-descent recogniser; its functions are RFC 8259's rules. Each returns whether the
/// rule matched at the current position, and moves past it.
class Recogniser {
 public:
  /// Blanks the numbers in `blanked`, a copy of the text.
  Recogniser(std::string_view text, std::string& blanked) : m_text(text), m_blanked(blanked) {}

  bool json_text() {
    whitespace();
    return value() && at_end();
  }

 private:
  bool at_end() const { return m_position == m_text.size(); }
  char peek() const { return at_end() ? '\0' : m_text[m_position]; }

  bool take(char expected) {
    if (at_end() || m_text[m_position] != expected) {
      return false;
    }
    ++m_position;
    return true;
  }

  bool take(std::string_view expected) {
    if (m_text.substr(m_position, expected.size()) != expected) {
      return false;
    }
    m_position += expected.size();
    return true;
  }

  void whitespace() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
      ++m_position;
    }
  }

  /// A value and the white space after it.
  bool value() {
    if (!value_itself()) {
      return false;
    }
    whitespace();
    return true;
  }

  bool value_itself() {
    switch (peek()) {
      case '{':
        return nested('{', '}', &Recogniser::member);
      case '[':
        return nested('[', ']', &Recogniser::value);
      case '"':
        return string();
      case 't':
        return take("true");
      case 'f':
        return take("false");
      case 'n':
        return take("null");
      default:
        return number();
    }
  }

  bool nested(char open, char close, bool (Recogniser::*element)()) {
    if (++m_depth > k_max_json_depth) {
      return false;
    }
    take(open);
    whitespace();
    if (!take(close)) {
      do {
        whitespace();
        if (!(this->*element)()) {
          return false;
        }
      } while (take(','));
      if (!take(close)) {
        return false;
      }
    }
    --m_depth;
    return true;
  }

  bool member() {
    if (!string()) {
      return false;
    }
    whitespace();
    if (!take(':')) {
      return false;
    }
    whitespace();
    return value();
  }

  bool digits() {
    const std::size_t begin = m_position;
    while (is_digit(peek())) {
      ++m_position;
    }
    return m_position > begin;
  }

  bool number() {
    const std::size_t begin = m_position;
    if (!number_itself()) {
      return false;
    }
    const std::size_t length = m_position - begin;
    m_blanked.replace(begin, length, length, ' ');
    m_blanked[begin] = '0';
    return true;
  }

  bool number_itself() {
    take('-');
    if (!take('0') && !digits()) {
      return false;
    }
    if (take('.') && !digits()) {
      return false;
    }
    if (take('e') || take('E')) {
      if (!take('-')) {
        take('+');
      }
      return digits();
    }
    return true;
  }

  bool string() {
    if (!take('"')) {
      return false;
    }
    while (!take('"')) {
      if (at_end() || !character()) {
        return false;
      }
    }
    return true;
  }

  bool character() {
    const auto byte = static_cast<unsigned char>(peek());
    if (byte < 0x20) {
      return false;
    }
    if (byte == '\\') {
      return escape();
    }
    if (byte < 0x80) {
      ++m_position;
      return true;
    }
    return utf8_sequence(byte);
  }

  bool escape() {
    ++m_position;
    if (take('u')) {
      const int first = hex4();
      if (first < 0xd800 || first > 0xdfff) {
        return first >= 0;
      }
      if (first > 0xdbff || !take("\\u")) {
        return false;
      }
      const int second = hex4();
      return second >= 0xdc00 && second <= 0xdfff;
    }
    if (at_end() || std::string_view("\"\\/bfnrt").find(peek()) == std::string_view::npos) {
      return false;
    }
    ++m_position;
    return true;
  }

  /// Four hexadecimal digits, or -1.
  int hex4() {
    int value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = peek();
      if (is_digit(c)) {
        value = value * 16 + (c - '0');
      } else if (c >= 'a' && c <= 'f') {
        value = value * 16 + (c - 'a' + 10);
      } else if (c >= 'A' && c <= 'F') {
        value = value * 16 + (c - 'A' + 10);
      } else {
        return -1;
      }
      ++m_position;
    }
    return value;
  }

  /// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
  bool utf8_sequence(unsigned char lead) {
    unsigned char least = 0x80;
    unsigned char most = 0xbf;
    int continuation_bytes = 0;
    if (lead >= 0xc2 && lead <= 0xdf) {
      continuation_bytes = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      continuation_bytes = 2;
      least = lead == 0xe0 ? 0xa0 : 0x80;
      most = lead == 0xed ? 0x9f : 0xbf;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      continuation_bytes = 3;
      least = lead == 0xf0 ? 0x90 : 0x80;
      most = lead == 0xf4 ? 0x8f : 0xbf;
    } else {
      return false;
    }
    ++m_position;
    for (int i = 0; i < continuation_bytes; ++i) {
      const auto byte = static_cast<unsigned char>(peek());
      if (at_end() || byte < least || byte > most) {
        return false;
      }
      least = 0x80;
      most = 0xbf;
      ++m_position;
    }
    return true;
  }

  std::string_view m_text;
  std::string& m_blanked;
  std::size_t m_position = 0;
  int m_depth = 0;
};

}  // namespace

bool is_json(std::string_view text, std::string& blanked) {
  blanked = text;
  return Recogniser(text, blanked).json_text();
}

std::string_view json_number_at(std::string_view text, std::size_t offset) noexcept {
  std::size_t end = offset;
  while (end < text.size() && is_number_character(text[end])) {
    ++end;
  }
  return text.substr(offset, end - offset);
}

}  // namespace payhook
