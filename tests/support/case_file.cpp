#include "tests/support/case_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>

namespace payhook::test {

namespace {

// What API.md says that every answer carries.
const std::array<ExpectedHeader, 4> k_common_headers{{
    {"Content-Type", ExpectedHeader::Rule::EXACTLY, "application/json"},
    {"Cache-Control", ExpectedHeader::Rule::EXACTLY, "no-store"},
    {"X-Content-Type-Options", ExpectedHeader::Rule::EXACTLY, "nosniff"},
    {"X-Request-Id", ExpectedHeader::Rule::ANY_VALUE, ""},
}};

constexpr std::string_view k_time_macro = "{{time}}";
constexpr std::string_view k_time_pattern = "dddd-dd-ddTdd:dd:ddZ";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

/// How far `text` looks like a time; the pattern's size when it begins with one.
std::size_t time_length(std::string_view text) {
  std::size_t i = 0;
  while (i < k_time_pattern.size() && i < text.size() &&
         (k_time_pattern[i] == 'd' ? is_digit(text[i]) : k_time_pattern[i] == text[i])) {
    ++i;
  }
  return i;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view without_spaces_around(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  for (;;) {
    const std::size_t bar = line.find('|');
    cells.emplace_back(without_spaces_around(line.substr(0, bar)));
    if (bar == std::string_view::npos) {
      return cells;
    }
    line.remove_prefix(bar + 1);
  }
}

std::string with_all_replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

constexpr std::string_view k_table = "=== each";

class Parser {
 public:
  /// `text` is what stands in the file from line `first_line` on.
  Parser(std::string_view text, const std::filesystem::path& path, std::size_t first_line = 1)
      : m_lines(lines_of(text)), m_path(path), m_first_line(first_line) {}

  CaseFile file() {
    CaseFile file;
    file.path = m_path;
    file.name = m_path.stem().string();
    std::string_view first = line();
    if (!take(first, "# ") || first.empty()) {
      fail("the first line must be \"# \" and the sentence that this case shows");
    }
    file.sentence = first;
    next();
    preamble(file);
    do {
      const auto table =
          std::find(m_lines.begin() + static_cast<std::ptrdiff_t>(m_next), m_lines.end(), k_table);
      if (table == m_lines.end()) {
        append(file.exchanges, exchanges());
      } else {
        const auto end = static_cast<std::size_t>(table - m_lines.begin());
        append(file.exchanges, exchanges_for_each_row(end));
      }
    } while (take_line("==="));
    require_end();
    return file;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw CaseFileError(fmt::format("{}:{}: {}", m_path.string(), m_first_line + m_next, what));
  }

  static void append(std::vector<CaseExchange>& all, std::vector<CaseExchange> more) {
    all.insert(all.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
  }

  std::vector<CaseExchange> exchanges() {
    std::vector<CaseExchange> exchanges;
    do {
      exchanges.push_back(exchange());
    } while (take_line("==="));
    return exchanges;
  }

  /// Those that stand before the table at line `table`, for each of its rows.
  std::vector<CaseExchange> exchanges_for_each_row(std::size_t table) {
    const std::size_t first = m_next;
    std::string pattern;
    for (; m_next < table; next()) {
      pattern.append(line()).push_back('\n');
    }
    next();
    if (at_end()) {
      fail("expected the names of the table's columns");
    }
    const std::vector<std::string> names = cells_of(line());
    next();
    std::vector<CaseExchange> all;
    std::string about;
    for (int row = 1; !at_end() && line() != "==="; next()) {
      if (line().starts_with("# ")) {
        about = line().substr(2);
        continue;
      }
      if (line().empty()) {
        fail("an empty cell is {{repeat:0:x}} in a table of one column");
      }
      std::string text = with_all_replaced(pattern, "{{row}}", std::to_string(row++));
      const std::vector<std::string> cells = cells_of(line());
      if (cells.size() != names.size()) {
        fail(fmt::format("{} cells, and the table has {} columns", cells.size(), names.size()));
      }
      for (std::size_t i = 0; i < cells.size(); ++i) {
        text = with_all_replaced(std::move(text), "{{" + names[i] + "}}", cells[i]);
      }
      Parser filled_in(text, m_path, m_first_line + first);
      for (CaseExchange& exchange : filled_in.exchanges_up_to_the_end()) {
        exchange.line = m_first_line + m_next;
        exchange.comment += about.empty() || exchange.comment.empty() ? about : " " + about;
        all.push_back(std::move(exchange));
      }
    }
    if (all.empty()) {
      fail("expected a row of the table");
    }
    return all;
  }

  void require_end() const {
    if (!at_end()) {
      fail("expected === and the next exchange, or the end of the file");
    }
  }

  std::vector<CaseExchange> exchanges_up_to_the_end() {
    auto all = exchanges();
    require_end();
    return all;
  }

  bool at_end() const { return m_next == m_lines.size(); }
  std::string_view line() const { return at_end() ? std::string_view{} : m_lines[m_next]; }
  void next() { ++m_next; }

  bool take_line(std::string_view expected) {
    if (at_end() || line() != expected) {
      return false;
    }
    next();
    return true;
  }

  /// Directives, among the comments at the top that belong to the file.
  void preamble(CaseFile& file) {
    while (line().starts_with('#')) {
      std::string_view rest = line();
      if (take(rest, "#: config ")) {
        file.config.append(rest).push_back('\n');
      } else if (take(rest, "#: only ")) {
        file.only = runner(rest);
      } else if (!take(rest, "# ") && rest != "#") {
        fail("unknown directive: use \"#: config KEY = VALUE\" or \"#: only RUNNER - REASON\"");
      }
      next();
    }
  }

  CaseFile::Runner runner(std::string_view text) const {
    const std::size_t dash = text.find(" - ");
    if (dash == std::string_view::npos || dash + 3 == text.size()) {
      fail("say why: \"#: only in-process - REASON\"");
    }
    const std::string_view name = text.substr(0, dash);
    if (name == "in-process") {
      return CaseFile::Runner::IN_PROCESS;
    }
    if (name != "nginx") {
      fail("a case runs in-process or through nginx");
    }
    return CaseFile::Runner::NGINX;
  }

  CaseExchange exchange() {
    CaseExchange exchange;
    exchange.comment = comment();
    exchange.line = m_first_line + m_next;
    request_line(exchange);
    while (!is_end_of_head()) {
      auto [name, value] = header();
      exchange.headers.push_back({std::move(name), expanded(value)});
    }
    exchange.body = expanded(body());
    if (!take_line("---")) {
      fail("expected --- and the answer");
    }
    exchange.status = status();
    while (!is_end_of_head()) {
      exchange.expected_headers.push_back(expected_header());
    }
    exchange.expected_body = expected_body(body());
    return exchange;
  }

  std::string comment() {
    std::string comment;
    for (; !at_end() && (line().empty() || line().starts_with('#')); next()) {
      std::string_view text = line();
      if (take(text, "# ")) {
        comment.append(comment.empty() ? "" : " ").append(text);
      } else if (!text.empty() && text != "#") {
        fail("directives stand at the top of the file");
      }
    }
    return comment;
  }

  void request_line(CaseExchange& exchange) {
    const std::string_view text = line();
    const std::size_t space = text.find(' ');
    if (space == 0 || space == std::string_view::npos || space + 1 == text.size()) {
      fail("expected a request line such as \"GET /\"");
    }
    exchange.method = text.substr(0, space);
    exchange.target = expanded(text.substr(space + 1));
    if (exchange.target.find(' ') != std::string::npos) {
      fail("a request target holds no space");
    }
    next();
  }

  /// Whether no more headers come: at an empty line, or where there is no body at all.
  bool is_end_of_head() const { return at_end() || line().empty() || is_separator(); }
  bool is_separator() const { return line() == "---" || line() == "==="; }

  std::pair<std::string, std::string_view> header() {
    const std::string_view text = line();
    const std::size_t colon = text.find(':');
    if (colon == 0 || colon == std::string_view::npos) {
      fail("expected a header, or an empty line before the body");
    }
    std::string_view value = text.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    next();
    return {std::string(text.substr(0, colon)), value};
  }

  ExpectedHeader expected_header() {
    std::string_view absent = line();
    if (take(absent, "!")) {
      next();
      return {std::string(absent), ExpectedHeader::Rule::ABSENT, ""};
    }
    auto [name, value] = header();
    if (value == "{{any}}") {
      return {std::move(name), ExpectedHeader::Rule::ANY_VALUE, ""};
    }
    return {std::move(name), ExpectedHeader::Rule::EXACTLY, expanded(value)};
  }

  std::string body() {
    std::string body;
    if (!take_line("")) {
      return body;
    }
    for (bool first = true; !at_end() && !is_separator(); first = false, next()) {
      body.append(first ? "" : "\n").append(line());
    }
    return body;
  }

  int status() {
    int status = 0;
    const std::string_view text = line();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
    if (error != std::errc{} || end != text.data() + text.size() || status < 100 || status > 599) {
      fail("expected a status such as 202");
    }
    next();
    return status;
  }

  ExpectedBody expected_body(std::string_view text) const {
    std::vector<std::string> literals;
    for (std::size_t time = 0; time != std::string_view::npos;) {
      time = text.find(k_time_macro);
      literals.push_back(expanded(text.substr(0, time)));
      text.remove_prefix(time == std::string_view::npos ? 0 : time + k_time_macro.size());
    }
    return ExpectedBody(std::move(literals));
  }

  /// `text` with its macros replaced, those within others first.
  std::string expanded(std::string_view text) const {
    std::string result;
    for (;;) {
      const std::size_t begin = text.find("{{");
      result.append(text.substr(0, begin));
      if (begin == std::string_view::npos) {
        return result;
      }
      const std::size_t length = macro_length(text.substr(begin));
      result.append(replacement(text.substr(begin + 2, length - 4)));
      text.remove_prefix(begin + length);
    }
  }

  /// The length of the macro that `text` begins with, up to the }} that match its {{.
  std::size_t macro_length(std::string_view text) const {
    int depth = 0;
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
      const std::string_view two = text.substr(i, 2);
      if (two == "{{" || two == "}}") {
        depth += two == "{{" ? 1 : -1;
        ++i;
      }
      if (depth == 0) {
        return i + 1;
      }
    }
    fail("a {{ without its }}");
  }

  std::string replacement(std::string_view macro) const {
    if (take(macro, "repeat:")) {
      return repeated(macro);
    }
    if (take(macro, "hex:")) {
      return bytes(macro);
    }
    fail(fmt::format("unknown macro {{{{{}}}}}, or not one for this place", macro));
  }

  std::string repeated(std::string_view macro) const {
    std::size_t times = 0;
    const auto [end, error] = std::from_chars(macro.data(), macro.data() + macro.size(), times);
    if (error != std::errc{} || end == macro.data() + macro.size() || *end != ':') {
      fail("expected {{repeat:N:text}}");
    }
    const std::string text =
        expanded(macro.substr(static_cast<std::size_t>(end - macro.data()) + 1));
    std::string result;
    result.reserve(times * text.size());
    for (std::size_t i = 0; i < times; ++i) {
      result += text;
    }
    return result;
  }

  std::string bytes(std::string_view digits) const {
    std::string result;
    while (!digits.empty()) {
      unsigned value = 0;
      const std::string_view pair = digits.substr(0, 2);
      const auto [end, error] = std::from_chars(pair.data(), pair.data() + pair.size(), value, 16);
      if (error != std::errc{} || end != pair.data() + 2) {
        fail("expected {{hex:EF BB BF}}");
      }
      result.push_back(static_cast<char>(value));
      digits.remove_prefix(2);
      take(digits, " ");
    }
    return result;
  }

  const std::vector<std::string_view> m_lines;
  const std::filesystem::path& m_path;
  const std::size_t m_first_line;
  std::size_t m_next = 0;
};

/// About a line's worth of `text` around `position`, with what cannot be printed escaped.
std::string excerpt(std::string_view text, std::size_t position) {
  constexpr std::size_t k_before = 60;
  constexpr std::size_t k_length = 240;
  const std::size_t begin = position > k_before ? position - k_before : 0;
  std::string result = begin > 0 ? "..." : "";
  for (const char c : text.substr(std::min(begin, text.size()), k_length)) {
    const auto byte = static_cast<unsigned char>(c);
    result += byte < 0x20 || byte >= 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return text.size() > begin + k_length ? result + "..." : result;
}

std::string header_difference(const ExpectedHeader& expected, const Response& response) {
  using Rule = ExpectedHeader::Rule;
  const auto has_name = [&](const Header& header) { return same_name(header.name, expected.name); };
  const auto count = std::count_if(response.headers.begin(), response.headers.end(), has_name);
  const auto found = std::find_if(response.headers.begin(), response.headers.end(), has_name);
  if (expected.rule == Rule::ABSENT) {
    return count == 0 ? ""
                      : fmt::format("header {}: expected none, received \"{}\"\n", expected.name,
                                    found->value);
  }
  if (count != 1) {
    return fmt::format("header {}: expected once, received {} times\n", expected.name, count);
  }
  if (expected.rule == Rule::ANY_VALUE ? found->value.empty() : found->value != expected.value) {
    return fmt::format("header {}: expected {}, received \"{}\"\n", expected.name,
                       expected.rule == Rule::ANY_VALUE ? "a value" : '"' + expected.value + '"',
                       found->value);
  }
  return "";
}

}  // namespace

std::size_t ExpectedBody::mismatch(std::string_view body) const {
  std::size_t position = 0;
  for (std::size_t i = 0; i < m_literals.size(); ++i) {
    if (i > 0) {
      const std::size_t length = time_length(body.substr(position));
      position += length;
      if (length < k_time_pattern.size()) {
        return position;
      }
    }
    const std::string_view rest = body.substr(position);
    const std::string& literal = m_literals[i];
    const auto differ = std::mismatch(literal.begin(), literal.end(), rest.begin(), rest.end());
    position += static_cast<std::size_t>(differ.first - literal.begin());
    if (differ.first != literal.end()) {
      return position;
    }
  }
  return position == body.size() ? std::string_view::npos : position;
}

std::string ExpectedBody::text() const {
  return fmt::format("{}", fmt::join(m_literals, k_time_macro));
}

bool CaseExchange::has_header(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const Header& header) { return same_name(header.name, name); });
}

bool CaseExchange::needs_content_length() const {
  return (!body.empty() || method == "POST") && !has_header("Content-Length") &&
         !has_header("Transfer-Encoding");
}

std::string config_of(const CaseFile& file, const std::filesystem::path& directory) {
  constexpr std::string_view k_secret = "{{secret:";
  std::string config = file.config;
  for (std::size_t at = config.find(k_secret); at != config.npos; at = config.find(k_secret, at)) {
    const std::size_t end = config.find("}}", at);
    const std::string secret = config.substr(at + k_secret.size(), end - at - k_secret.size());
    const std::filesystem::path path = directory / fmt::format("secret-{}", at);
    std::ofstream(path) << secret;
    std::filesystem::permissions(path, std::filesystem::perms(0600));
    config.replace(at, end + 2 - at, path.string());
  }
  return config;
}

CaseFile parse_case(std::string_view text, const std::filesystem::path& path) {
  return Parser(text, path).file();
}

CaseFile read_case_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad()) {
    throw CaseFileError(fmt::format("{}:1: cannot be read", path.string()));
  }
  return parse_case(text, path);
}

std::vector<std::filesystem::path> case_files_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".case") {
      files.push_back(entry.path());
    }
  }
  if (files.empty()) {
    throw CaseFileError(fmt::format("{}:0: no case files here", directory.string()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string difference(const CaseExchange& exchange, const Response& response) {
  std::string text;
  if (response.status != exchange.status) {
    text += fmt::format("status: expected {}, received {}\n", exchange.status, response.status);
  }
  for (const ExpectedHeader& header : exchange.expected_headers) {
    text += header_difference(header, response);
  }
  for (const ExpectedHeader& header : k_common_headers) {
    // Without content there is no type of it, and an answer may have its own.
    const bool is_expected_otherwise =
        std::any_of(exchange.expected_headers.begin(), exchange.expected_headers.end(),
                    [&](const auto& other) { return same_name(other.name, header.name); });
    if ((response.status != 204 || header.name != "Content-Type") && !is_expected_otherwise) {
      text += header_difference(header, response);
    }
  }
  const std::size_t mismatch = exchange.expected_body.mismatch(response.body);
  if (mismatch != std::string_view::npos) {
    text += fmt::format("body: differs at byte {}\n  expected: {}\n  received: {}\n", mismatch,
                        excerpt(exchange.expected_body.text(), mismatch),
                        excerpt(response.body, mismatch));
  }
  return text;
}

}  // namespace payhook::test
