#include "json/escapes.h"

#include <array>

namespace payhook {

namespace {

/// Of a hexadecimal digit, or -1.
constexpr std::array<int, 256> k_hex_values = [] {
  std::array<int, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 16; ++i) {
    values[static_cast<unsigned char>("0123456789abcdef"[i])] = i;
    values[static_cast<unsigned char>("0123456789ABCDEF"[i])] = i;
  }
  return values;
}();

void append_utf8(std::string& text, int code_point) {
  const auto append = [&text](int byte) { text.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    append(code_point);
  } else if (code_point < 0x800) {
    append(0xc0 | code_point >> 6);
    append(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    append(0xe0 | code_point >> 12);
    append(0x80 | (code_point >> 6 & 0x3f));
    append(0x80 | (code_point & 0x3f));
  } else {
    append(0xf0 | code_point >> 18);
    append(0x80 | (code_point >> 12 & 0x3f));
    append(0x80 | (code_point >> 6 & 0x3f));
    append(0x80 | (code_point & 0x3f));
  }
}

/// Behind a \u: reads what it stands for, the second half of a pair included, and moves past it.
int take_code_point(const char*& next) {
  const int first = hex4(next);
  next += 4;
  if (first < 0xd800 || first > 0xdfff) {
    return first;
  }
  const int second = hex4(next + 2);
  next += 6;
  return 0x10000 + ((first & 0x3ff) << 10 | (second & 0x3ff));
}

char unescaped(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

}  // namespace

int hex4(const char* digits) noexcept {
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = k_hex_values[static_cast<unsigned char>(digits[i])];
    if (digit < 0) {
      return -1;
    }
    value = value << 4 | digit;
  }
  return value;
}

void unescape_json(const char* next, std::string& plain) {
  plain.clear();
  for (;;) {
    const char* const begin = next;
    while (*next != '"' && *next != '\\') {
      ++next;
    }
    plain.append(begin, next);
    if (*next == '"') {
      return;
    }
    next += 2;
    if (next[-1] == 'u') {
      append_utf8(plain, take_code_point(next));
    } else {
      plain.push_back(unescaped(next[-1]));
    }
  }
}

}  // namespace payhook
