#include "ctl/doctor/nginx_settings.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

namespace payhook::doctor {

namespace {

constexpr std::string_view k_file_begins = "# configuration file ";
constexpr int k_deepest = 32;  // of files that include files, and of blocks

struct File {
  std::string name;
  std::string_view text;
};

std::vector<File> files_in(std::string_view dump) {
  std::vector<File> files;
  std::size_t begin = dump.find(k_file_begins);
  while (begin != dump.npos) {
    const std::size_t line_end = std::min(dump.find('\n', begin), dump.size());
    const std::size_t name_begin = begin + k_file_begins.size();
    std::string name(dump.substr(name_begin, line_end - name_begin));
    if (name.ends_with(':')) {
      name.pop_back();
    }
    const std::size_t next = dump.find("\n" + std::string(k_file_begins), line_end);
    files.push_back({std::move(name), dump.substr(line_end, next - line_end)});
    begin = next == dump.npos ? next : next + 1;
  }
  return files;
}

/// The words of a file, one after the other; "{", "}" and ";" too, where they are not quoted.
class Words {
 public:
  explicit Words(std::string_view text) : m_text(text) {}

  struct Word {
    std::string text;
    bool is_quoted = false;

    bool is(char mark) const { return !is_quoted && text.size() == 1 && text[0] == mark; }
  };

  std::optional<Word> next() {
    skip_space_and_comments();
    if (m_text.empty()) {
      return std::nullopt;
    }
    const char first = m_text.front();
    if (is_mark(first)) {
      m_text.remove_prefix(1);
      return Word{std::string(1, first)};
    }
    return first == '"' || first == '\'' ? quoted(first) : plain();
  }

 private:
  static bool is_mark(char c) { return c == '{' || c == '}' || c == ';'; }
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

  void skip_space_and_comments() {
    while (!m_text.empty() && (is_space(m_text.front()) || m_text.front() == '#')) {
      m_text.remove_prefix(m_text.front() == '#' ? std::min(m_text.find('\n'), m_text.size()) : 1);
    }
  }

  Word quoted(char quote) {
    Word word{"", true};
    m_text.remove_prefix(1);
    while (!m_text.empty() && m_text.front() != quote) {
      if (m_text.front() == '\\' && m_text.size() > 1) {
        m_text.remove_prefix(1);
      }
      word.text += m_text.front();
      m_text.remove_prefix(1);
    }
    m_text.remove_prefix(std::min<std::size_t>(1, m_text.size()));
    return word;
  }

  /// A variable may have braces: ${name}.
  Word plain() {
    Word word;
    while (!m_text.empty() && !is_space(m_text.front()) && m_text.front() != ';' &&
           (m_text.front() != '{' || word.text.ends_with('$')) &&
           (m_text.front() != '}' || word.text.find("${") != word.text.npos)) {
      word.text += m_text.front();
      m_text.remove_prefix(1);
    }
    if (word.text.empty()) {
      m_text.remove_prefix(1);  // nothing of nginx's
    }
    return word;
  }

  std::string_view m_text;
};

class Parser {
 public:
  explicit Parser(std::vector<File> files) : m_files(std::move(files)) {}

  std::vector<NginxDirective> all() {
    return m_files.empty() ? std::vector<NginxDirective>() : file(m_files.front(), 0);
  }

 private:
  std::vector<NginxDirective> file(const File& file, int depth) {
    Words words(file.text);
    return block(words, depth);
  }

  std::vector<NginxDirective> block(Words& words, int depth) {
    std::vector<NginxDirective> directives;
    NginxDirective directive;
    while (const auto word = words.next()) {
      if (word->is('}')) {
        break;
      }
      if (!word->is(';') && !word->is('{')) {
        directive.words.push_back(word->text);
        continue;
      }
      if (word->is('{') && depth < k_deepest) {
        directive.block = block(words, depth + 1);
      }
      if (directive.is("include") && depth < k_deepest) {
        add_included(directive.argument(), depth + 1, directives);
      } else {
        directives.push_back(std::move(directive));
      }
      directive = {};
    }
    return directives;
  }

  /// Relative names are so to the directory of the main file.
  void add_included(const std::string& pattern, int depth,
                    std::vector<NginxDirective>& directives) {
    const std::string full =
        (std::filesystem::path(m_files.front().name).parent_path() / pattern).string();
    for (const File& each : m_files) {
      if (::fnmatch(full.c_str(), each.name.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0) {
        for (NginxDirective& directive : file(each, depth)) {
          directives.push_back(std::move(directive));
        }
      }
    }
  }

  const std::vector<File> m_files;
};

}  // namespace

std::vector<NginxDirective> parse_nginx_settings(std::string_view dump) {
  return Parser(files_in(dump)).all();
}

}  // namespace payhook::doctor
