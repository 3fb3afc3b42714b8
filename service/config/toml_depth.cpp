#include "service/config/toml_depth.h"

#include <algorithm>
#include <string>

namespace payhook {

namespace {

constexpr std::size_t k_most = 16;

/// Goes through a text once, and knows how many brackets are open and how many dots the key has
/// that it is at. What stands in comments and strings counts for nothing.
class DepthGauge {
 public:
  explicit DepthGauge(std::string_view toml) : m_rest(toml) {}

  std::size_t too_deep_line() {
    while (!m_rest.empty() && m_brackets + m_dots <= k_most) {
      step();
    }
    return m_brackets + m_dots > k_most ? m_line : 0;
  }

 private:
  void step() {
    const char c = m_rest.front();
    if (c == '#') {
      take(std::min(m_rest.find('\n'), m_rest.size()));
    } else if (c == '"' || c == '\'') {
      take_string(c);
    } else {
      count(c);
      take(1);
    }
  }

  void count(char c) {
    if (c == '.') {
      ++m_dots;
    } else if (c == '[' || c == '{') {
      ++m_brackets;
      m_dots = 0;
    } else if (c == ']' || c == '}') {
      m_brackets -= m_brackets > 0 ? 1 : 0;
    } else if (c == '=' || c == ',' || c == '\n') {
      m_dots = 0;
    }
  }

  void take_string(char quote) {
    const std::string three(3, quote);
    const std::string end = m_rest.starts_with(three) ? three : std::string(1, quote);
    take(end.size());
    while (!m_rest.empty() && !m_rest.starts_with(end)) {
      if (m_rest.front() == '\n' && end.size() == 1) {
        return;  // toml++ refuses it
      }
      take(m_rest.front() == '\\' && quote == '"' ? 2 : 1);
    }
    // A string in three quotes may end with two of its own.
    const std::size_t quotes = std::min(m_rest.find_first_not_of(quote), m_rest.size());
    take(end.size() == 1 ? std::min<std::size_t>(quotes, 1) : std::min<std::size_t>(quotes, 5));
  }

  void take(std::size_t count) {
    const std::string_view taken = m_rest.substr(0, count);
    m_line += static_cast<std::size_t>(std::count(taken.begin(), taken.end(), '\n'));
    m_rest.remove_prefix(taken.size());
  }

  std::string_view m_rest;
  std::size_t m_line = 1;
  std::size_t m_brackets = 0;
  std::size_t m_dots = 0;
};

}  // namespace

std::size_t too_deep_line(std::string_view toml) noexcept {
  return DepthGauge(toml).too_deep_line();
}

}  // namespace payhook
