#include "json/pointer.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "json/escapes.h"
#include "json/grammar.h"
#include "json/string_value.h"

namespace payhook {

namespace {

/// "~1" is "/", "~0" is "~".
std::string token_of(std::string_view text) {
  std::string token;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '~') {
      token.push_back(text[i]);
      continue;
    }
    ++i;
    if (i == text.size() || (text[i] != '0' && text[i] != '1')) {
      throw std::invalid_argument("a JSON Pointer has ~0 for ~, and ~1 for /");
    }
    token.push_back(text[i] == '0' ? '~' : '/');
  }
  return token;
}

/// Walks over the text of a valid document: nothing has to be checked.
class Walk {
 public:
  explicit Walk(std::string_view json) : m_at(json.data()), m_end(json.data() + json.size()) {}

  char next() {
    while (m_at < m_end && (*m_at == ' ' || *m_at == '\t' || *m_at == '\n' || *m_at == '\r')) {
      ++m_at;
    }
    return m_at < m_end ? *m_at : '\0';
  }

  /// Whether the next character is this one, which it then takes.
  bool take(char c) {
    if (next() != c) {
      return false;
    }
    ++m_at;
    return true;
  }

  std::string_view take_value() {
    const char first = next();
    const char* const begin = m_at;
    if (first == '"') {
      skip_string();
    } else if (first == '{' || first == '[') {
      skip_nested();
    } else {
      m_at = std::find_if(m_at, m_end,
                          [](char c) { return c <= ' ' || c == ',' || c == '}' || c == ']'; });
    }
    return {begin, m_at};
  }

 private:
  void skip_string() {
    for (++m_at; *m_at != '"'; ++m_at) {
      if (*m_at == '\\') {
        ++m_at;
      }
    }
    ++m_at;
  }

  void skip_nested() {
    std::size_t depth = 0;
    do {
      if (*m_at == '"') {
        skip_string();
        continue;
      }
      if (*m_at == '{' || *m_at == '[') {
        ++depth;
      } else if (*m_at == '}' || *m_at == ']') {
        --depth;
      }
      ++m_at;
    } while (depth > 0);
  }

  const char* m_at;
  const char* m_end;
};

}  // namespace

std::vector<std::string> json_pointer_tokens(std::string_view pointer) {
  if (!pointer.empty() && pointer.front() != '/') {
    throw std::invalid_argument("a JSON Pointer begins with /");
  }
  std::vector<std::string> tokens;
  while (!pointer.empty()) {
    const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
    tokens.push_back(token_of(pointer.substr(1, end - 1)));
    pointer.remove_prefix(end);
  }
  return tokens;
}

std::size_t JsonPointers::add(std::string_view pointer) {
  std::vector<std::string> tokens = json_pointer_tokens(pointer);
  if (tokens.size() > k_max_json_depth) {
    throw std::invalid_argument("a JSON Pointer that leads deeper than any document");
  }
  const auto known = std::find(m_pointers.begin(), m_pointers.end(), tokens);
  const auto number = static_cast<std::size_t>(known - m_pointers.begin());
  if (known == m_pointers.end()) {
    if (number == k_most) {
      throw std::invalid_argument("too many JSON Pointers");
    }
    m_pointers.push_back(std::move(tokens));
  }
  return number;
}

class JsonPointers::Search {
 public:
  Search(const JsonPointers& pointers, std::vector<std::string_view>& found)
      : m_pointers(pointers.m_pointers), m_found(found) {}

  /// Looks for those pointers whose first `depth` tokens lead to this value.
  void visit(std::string_view value, Set wanted, std::size_t depth) {
    for (std::size_t i = 0; i < m_pointers.size(); ++i) {
      if (has(wanted, i) && m_pointers[i].size() == depth) {
        m_found[i] = value;
        wanted &= ~(Set{1} << i);
      }
    }
    if (wanted != 0 && value.front() == '{') {
      visit_members(Walk(value), wanted, depth);
    } else if (wanted != 0 && value.front() == '[') {
      visit_elements(Walk(value), wanted, depth);
    }
  }

 private:
  static bool has(Set set, std::size_t number) { return (set >> number & 1) != 0; }

  void visit_members(Walk walk, Set wanted, std::size_t depth) {
    walk.take('{');
    while (wanted != 0 && !walk.take('}')) {
      const Set below = those_with_key(walk.take_value(), wanted, depth);
      walk.take(':');
      const std::string_view value = walk.take_value();
      if (below != 0) {
        visit(value, below, depth + 1);
        wanted &= ~below;  // a key comes once
      }
      walk.take(',');
    }
  }

  void visit_elements(Walk walk, Set wanted, std::size_t depth) {
    walk.take('[');
    const std::size_t behind_last = behind_last_index(wanted, depth);
    for (std::size_t index = 0; index < behind_last && !walk.take(']'); ++index) {
      const std::string_view value = walk.take_value();
      if (const Set below = those_with(std::to_string(index), wanted, depth); below != 0) {
        visit(value, below, depth + 1);
      }
      walk.take(',');
    }
  }

  std::size_t behind_last_index(Set wanted, std::size_t depth) const {
    std::size_t behind_last = 0;
    for (std::size_t i = 0; i < m_pointers.size(); ++i) {
      if (has(wanted, i)) {
        const std::string& token = m_pointers[i][depth];
        std::uint32_t index = 0;
        const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
        if (error == std::errc{} && end == token.data() + token.size()) {
          behind_last = std::max<std::size_t>(behind_last, std::size_t{index} + 1);
        }
      }
    }
    return behind_last;
  }

  Set those_with_key(std::string_view quoted, Set wanted, std::size_t depth) {
    const std::string_view key = quoted.substr(1, quoted.size() - 2);
    if (key.find('\\') == key.npos) {
      return those_with(key, wanted, depth);
    }
    unescape_json(key.data(), m_unescaped);
    return those_with(m_unescaped, wanted, depth);
  }

  Set those_with(std::string_view token, Set wanted, std::size_t depth) const {
    Set result = 0;
    for (std::size_t i = 0; i < m_pointers.size(); ++i) {
      if (has(wanted, i) && m_pointers[i][depth] == token) {
        result |= Set{1} << i;
      }
    }
    return result;
  }

  const std::vector<std::vector<std::string>>& m_pointers;
  std::vector<std::string_view>& m_found;
  std::string m_unescaped;
};

std::vector<std::string_view> JsonPointers::find(std::string_view json) const {
  std::vector<std::string_view> found(m_pointers.size());
  const std::string_view value = Walk(json).take_value();
  if (!value.empty() && !m_pointers.empty()) {
    const Set all = ~Set{0} >> (k_most - m_pointers.size());
    Search(*this, found).visit(value, all, 0);
  }
  return found;
}

std::vector<std::string_view> json_elements(std::string_view json, std::size_t most) {
  std::vector<std::string_view> elements;
  Walk walk(json);
  if (walk.take('[')) {
    while (elements.size() < most && !walk.take(']')) {
      elements.push_back(walk.take_value());
      walk.take(',');
    }
  }
  return elements;
}

std::vector<std::string> json_keys(std::string_view json) {
  std::vector<std::string> keys;
  Walk walk(json);
  if (walk.take('{')) {
    while (!walk.take('}')) {
      keys.push_back(read_json_string(walk.take_value()));
      walk.take(':');
      walk.take_value();
      walk.take(',');
    }
  }
  return keys;
}

}  // namespace payhook
