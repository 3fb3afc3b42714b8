#include "ctl/output.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <system_error>
#include <utility>
#include <vector>

#include "core/ascii.h"
#include "core/program_error.h"

namespace payhook {

namespace {

std::string local_time(Timestamp time) {
  const std::time_t seconds =
      std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/// Of UTF-8, as a terminal shows it: near enough for a table.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// Terminals obey U+0080 to U+009F too, which are two bytes of UTF-8.
std::string without_controls(std::string text, std::string_view allowed) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_of_c1 =
        text[i] == '\xc2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (is_of_c1) {
      text.replace(i, 2, "?");
    } else if (is_control(text[i]) && allowed.find(text[i]) == std::string_view::npos) {
      text[i] = '?';
    }
  }
  return text;
}

/// Several lines of a handler's become one.
std::string on_one_line(std::string_view text) {
  while (text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  std::string line;
  for (const char c : text) {
    line += c == '\n' ? std::string("; ") : std::string(1, c);
  }
  return without_controls(std::move(line), "");
}

/// As https://no-color.org has it.
bool wants_colours() {
  // NOLINTBEGIN(concurrency-mt-unsafe): no thread has been started yet.
  const char* const refusal = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  // NOLINTEND(concurrency-mt-unsafe)
  return (refusal == nullptr || *refusal == '\0') && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

struct Colour {
  std::string_view word;
  std::string_view begin;
};

constexpr std::array k_colours{
    Colour{"FAILED", "\033[31m"},      Colour{"PROBLEM", "\033[1;31m"},
    Colour{"WARNING", "\033[33m"},     Colour{"RETRY", "\033[33m"},
    Colour{"INTERRUPTED", "\033[33m"}, Colour{"PROCESSED", "\033[32m"},
    Colour{"OK", "\033[32m"},
};

[[noreturn]] void throw_write_error() {
  const std::error_code error(errno, std::generic_category());
  if (error == std::errc::broken_pipe) {
    throw OutputClosed();
  }
  throw ProgramError(EX_IOERR, fmt::format("cannot write the output: {}", error.message()));
}

}  // namespace

Output::Output(std::FILE* file, Format format, Paging paging)
    : m_file(file),
      m_format(format),
      m_is_terminal(::isatty(::fileno(file)) == 1),
      m_has_colours(m_is_terminal && wants_colours()),
      m_paging(paging) {}

void Output::may_be_long() {
  if (m_is_terminal && m_format == Format::PLAIN && m_paging == Paging::ALLOWED &&
      m_pager == nullptr) {
    m_pager = Pager::start();
    m_file = m_pager != nullptr ? m_pager->file() : m_file;
  }
}

std::string Output::text_of(const Record::Field& field) const {
  switch (field.kind) {
    case Record::Kind::TIME:
      return m_is_terminal ? local_time(field.time) : format_milliseconds(field.time);
    case Record::Kind::NOTHING:
      return "-";
    case Record::Kind::RECORDS:
      return std::to_string(field.records.size());
    case Record::Kind::TEXT:
    case Record::Kind::NUMBER:
      break;
  }
  return on_one_line(field.text);
}

void Output::table(std::span<const Record> records) {
  m_widths.clear();
  more_of_table(records);
}

void Output::more_of_table(std::span<const Record> records) {
  if (m_format == Format::JSON) {
    std::for_each(records.begin(), records.end(), [this](const Record& each) { write_json(each); });
    return;
  }
  if (records.empty()) {
    return;
  }
  std::vector<std::vector<std::string>> lines;
  if (m_widths.empty()) {
    for (const Record::Field& field : records.front().fields()) {
      lines.resize(1);
      lines.front().push_back(in_upper_case(field.name));
    }
  }
  for (const Record& each : records) {
    auto& line = lines.emplace_back();
    for (const Record::Field& field : each.fields()) {
      line.push_back(text_of(field));
    }
  }
  for (const auto& line : lines) {
    m_widths.resize(std::max(m_widths.size(), line.size()));
    for (std::size_t column = 0; column < line.size(); ++column) {
      m_widths[column] = std::max(m_widths[column], width_of(line[column]));
    }
  }
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t column = 0; column + 1 < line.size(); ++column) {
      text +=
          coloured(line[column]) + std::string(m_widths[column] - width_of(line[column]) + 2, ' ');
    }
    write(text + coloured(line.back()) + '\n');
  }
}

void Output::record(const Record& record) {
  if (m_format == Format::JSON) {
    write_json(record);
    return;
  }
  std::size_t width = 0;
  for (const Record::Field& field : record.fields()) {
    width = std::max(width, field.name.size());
  }
  for (const Record::Field& field : record.fields()) {
    if (field.kind != Record::Kind::RECORDS) {
      write(fmt::format("{:>{}}: {}\n", field.name, width, coloured(text_of(field))));
    }
  }
}

void Output::say(std::string_view sentence) {
  if (m_format == Format::PLAIN) {
    write(without_controls(std::string(sentence), "\n") + '\n');
  }
}

void Output::say_to_people(std::string_view sentence) {
  if (m_is_terminal) {
    say(sentence);
  }
}

void Output::bytes(std::string_view bytes) {
  std::string text(bytes);
  if (m_is_terminal) {
    text = without_controls(std::move(text), "\n\t");
    text += text.ends_with('\n') ? "" : "\n";
  }
  write(text);
}

void Output::write_json(const Record& record) { write(json_of(record) + '\n'); }

std::string Output::coloured(std::string_view text) const {
  const auto* const colour = std::find_if(k_colours.begin(), k_colours.end(),
                                          [text](const Colour& each) { return each.word == text; });
  return m_has_colours && colour != k_colours.end()
             ? fmt::format("{}{}\033[0m", colour->begin, text)
             : std::string(text);
}

void Output::flush() {
  if (std::fflush(m_file) != 0) {
    throw_write_error();
  }
}

void Output::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), m_file) != text.size()) {
    throw_write_error();
  }
}

}  // namespace payhook
