#include "json/grammar.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "json/escapes.h"
#include "json/keys.h"

namespace payhook {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The characters that stand for themselves in a string, beside those outside ASCII.
constexpr std::array<bool, 256> k_plain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) {
    plain[c] = c != '"' && c != '\\';
  }
  return plain;
}();

bool is_plain(char c) { return k_plain[static_cast<unsigned char>(c)]; }

constexpr std::uint64_t k_each_byte = 0x0101010101010101;

/// The same of eight characters. (With all below 0x80, a subtraction sets the highest bit of a byte
/// that is less than what is taken off.)
bool are_plain(const char* eight) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof bytes);
  const std::uint64_t control = bytes - k_each_byte * 0x20;
  const std::uint64_t quote = (bytes ^ k_each_byte * '"') - k_each_byte;
  const std::uint64_t backslash = (bytes ^ k_each_byte * '\\') - k_each_byte;
  return ((bytes | control | quote | backslash) & k_each_byte * 0x80) == 0;
}

const char* whitespace(const char* at) {
  while (*at <= ' ' && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
    ++at;
  }
  return at;
}

const char* literal(const char* at, const char* expected) {
  for (; *expected != '\0'; ++at, ++expected) {
    if (*at != *expected) {
      return nullptr;
    }
  }
  return at;
}

const char* digits(const char* at) {
  if (!is_digit(*at)) {
    return nullptr;
  }
  do {
    ++at;
  } while (is_digit(*at));
  return at;
}

const char* exponent(const char* at) { return digits(*at == '-' || *at == '+' ? at + 1 : at); }

const char* number(const char* at) {
  if (*at == '-') {
    ++at;
  }
  at = *at == '0' ? at + 1 : digits(at);
  if (at != nullptr && *at == '.') {
    at = digits(at + 1);
  }
  if (at != nullptr && (*at == 'e' || *at == 'E')) {
    at = exponent(at + 1);
  }
  return at;
}

/// Behind a \u.
const char* utf16(const char* at) {
  const int first = hex4(at);
  if (first < 0) {
    return nullptr;
  }
  at += 4;
  if (first < 0xd800 || first > 0xdfff) {
    return at;
  }
  if (first > 0xdbff || at[0] != '\\' || at[1] != 'u') {
    return nullptr;
  }
  const int second = hex4(at + 2);
  return second >= 0xdc00 && second <= 0xdfff ? at + 6 : nullptr;
}

/// Behind a backslash.
const char* escape(const char* at) {
  switch (*at) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return at + 1;
    case 'u':
      return utf16(at + 1);
    default:
      return nullptr;
  }
}

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
const char* utf8_sequence(const char* at) {
  const auto lead = static_cast<unsigned char>(*at);
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
    return nullptr;
  }
  for (; continuation_bytes > 0; --continuation_bytes) {
    const auto byte = static_cast<unsigned char>(*++at);
    if (byte < least || byte > most) {
      return nullptr;
    }
    least = 0x80;
    most = 0xbf;
  }
  return at + 1;
}

/// A recogniser of RFC 8259's grammar; the functions above and many of its own are the grammar's
/// rules. Each is given the place where it should match, and returns the place behind, or nullptr.
/// The NUL at the document's end matches no rule, so nobody but root() has to ask for the end.
class Recogniser {
 public:
  Recogniser(const std::string& document, std::span<JsonMember> wanted)
      : m_document(document),
        m_end(document.data() + document.size()),
        m_wanted(wanted),
        m_keys(document) {}

  std::string_view root() {
    const char* const begin = whitespace(m_document.data());
    const char* at = begin;
    do {
      at = value(at);
    } while (m_depth > 0 && at != nullptr);
    return at != nullptr && whitespace(at) == m_end ? std::string_view(begin, at)
                                                    : std::string_view();
  }

 private:
  /// A scalar, or the beginning of an object or array. Returns where the next value begins, or the
  /// end of the outermost.
  const char* value(const char* at) {
    switch (*at) {
      case '{':
        return open_object(at);
      case '[':
        return open_array(at);
      case '"':
        return behind_value(string(at + 1));
      case 't':
        return behind_value(literal(at, "true"));
      case 'f':
        return behind_value(literal(at, "false"));
      case 'n':
        return behind_value(literal(at, "null"));
      default:
        return behind_value(number(at));
    }
  }

  const char* open_array(const char* at) {
    at = whitespace(at + 1);
    if (m_depth == k_max_json_depth) {
      return nullptr;
    }
    if (*at == ']') {
      return behind_value(at + 1);
    }
    m_closing[m_depth++] = ']';
    return at;
  }

  const char* open_object(const char* at) {
    at = whitespace(at + 1);
    if (m_depth == k_max_json_depth) {
      return nullptr;
    }
    if (*at == '}') {
      return behind_value(at + 1);
    }
    m_closing[m_depth++] = '}';
    m_keys.open_object();
    return key(at);
  }

  const char* behind_value(const char* at) {
    while (at != nullptr && m_depth > 0) {
      if (m_depth == 1 && m_value_of != nullptr) {
        m_value_of->text = std::string_view(m_value_begin, at);
        m_value_of = nullptr;
      }
      at = whitespace(at);
      if (*at == ',') {
        at = whitespace(at + 1);
        return m_closing[m_depth - 1] == '}' ? key(at) : at;
      }
      at = close(at);
    }
    return at;
  }

  const char* close(const char* at) {
    if (*at != m_closing[--m_depth]) {
      return nullptr;
    }
    if (*at == '}') {
      m_keys.close_object();
    }
    return at + 1;
  }

  /// A key and its colon. Returns where its value begins.
  const char* key(const char* at) {
    if (*at != '"') {
      return nullptr;
    }
    const char* const inside = at + 1;
    m_has_escapes = false;
    at = string(inside);
    if (at == nullptr) {
      return nullptr;
    }
    std::string_view name(inside, at - 1);
    if (m_has_escapes) {
      unescape_json(inside, m_unescaped);
      name = m_unescaped;
    }
    at = whitespace(at);
    if (*at != ':' || !m_keys.add(name, static_cast<std::size_t>(inside - m_document.data()))) {
      return nullptr;
    }
    at = whitespace(at + 1);
    if (m_depth == 1) {
      m_value_of = find_wanted(name);
      m_value_begin = at;
    }
    return at;
  }

  JsonMember* find_wanted(std::string_view name) const {
    for (JsonMember& member : m_wanted) {
      if (member.name == name) {
        return &member;
      }
    }
    return nullptr;
  }

  /// Behind the opening quote.
  const char* string(const char* at) {
    at = plain_characters(at);
    return *at == '"' ? at + 1 : rest_of_string(at);
  }

  const char* plain_characters(const char* at) const {
    if (is_plain(*at)) {
      while (m_end - at >= 8 && are_plain(at)) {
        at += 8;
      }
      while (is_plain(*at)) {
        ++at;
      }
    }
    return at;
  }

  const char* rest_of_string(const char* at) {
    while (*at != '"') {
      at = *at == '\\' ? escapes(at) : utf8_sequence(at);
      if (at == nullptr) {
        return nullptr;
      }
      at = plain_characters(at);
    }
    return at + 1;
  }

  const char* escapes(const char* at) {
    m_has_escapes = true;
    while (at != nullptr && *at == '\\') {
      at = escape(at + 1);
    }
    return at;
  }

  const std::string& m_document;
  const char* const m_end;
  const std::span<JsonMember> m_wanted;
  JsonKeys m_keys;
  std::array<char, k_max_json_depth> m_closing{};  // of the objects and arrays that are open
  std::size_t m_depth = 0;
  JsonMember* m_value_of = nullptr;  // whose value is being read, if it is wanted
  const char* m_value_begin = nullptr;
  bool m_has_escapes = false;  // whether a string has had some since this was set
  std::string m_unescaped;
};

}  // namespace

std::string_view read_json(const std::string& document, std::span<JsonMember> wanted) {
  return Recogniser(document, wanted).root();
}

/// The NUL behind the text belongs to no sequence.
bool is_utf8(const std::string& text) {
  const char* at = text.c_str();
  const char* const end = at + text.size();
  while (at != nullptr && at < end) {
    at = static_cast<unsigned char>(*at) < 0x80 ? at + 1 : utf8_sequence(at);
  }
  return at != nullptr;
}

std::string made_utf8(const std::string& text) {
  std::string made;
  const char* at = text.c_str();
  const char* const end = at + text.size();
  while (at < end) {
    const char* const next = static_cast<unsigned char>(*at) < 0x80 ? at + 1 : utf8_sequence(at);
    made.append(next != nullptr ? std::string_view(at, next) : "\xef\xbf\xbd");
    at = next != nullptr ? next : at + 1;
  }
  return made;
}

}  // namespace payhook
