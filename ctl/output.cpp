#include "ctl/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "core/ascii.h"
#include "core/system_error.h"
#include "json/writer.h"

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

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// Several lines of a handler's become one.
std::string on_one_line(std::string_view text) {
  while (text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      line += "; ";
    } else {
      line += is_control(c) ? '?' : c;
    }
  }
  return line;
}

}  // namespace

Output::Output(std::FILE* file, Format format)
    : m_file(file), m_format(format), m_is_terminal(::isatty(::fileno(file)) == 1) {}

std::string Output::text_of(const Record::Field& field) const {
  switch (field.kind) {
    case Record::Kind::TIME:
      return m_is_terminal ? local_time(field.time) : format_milliseconds(field.time);
    case Record::Kind::NOTHING:
      return "-";
    case Record::Kind::TEXT:
    case Record::Kind::NUMBER:
      break;
  }
  return on_one_line(field.text);
}

void Output::table(std::span<const Record> records) {
  if (m_format == Format::JSON) {
    std::for_each(records.begin(), records.end(), [this](const Record& each) { write_json(each); });
    return;
  }
  if (records.empty()) {
    return;
  }
  std::vector<std::vector<std::string>> lines(1);
  for (const Record::Field& field : records.front().fields()) {
    lines.front().push_back(in_upper_case(field.name));
  }
  for (const Record& each : records) {
    auto& line = lines.emplace_back();
    for (const Record::Field& field : each.fields()) {
      line.push_back(text_of(field));
    }
  }
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& line : lines) {
    for (std::size_t column = 0; column < line.size(); ++column) {
      widths[column] = std::max(widths[column], width_of(line[column]));
    }
  }
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t column = 0; column + 1 < line.size(); ++column) {
      text += line[column] + std::string(widths[column] - width_of(line[column]) + 2, ' ');
    }
    write(text + line.back() + '\n');
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
    write(fmt::format("{:>{}}: {}\n", field.name, width, text_of(field)));
  }
}

void Output::say(std::string_view sentence) {
  if (m_format == Format::PLAIN) {
    write(fmt::format("{}\n", sentence));
  }
}

void Output::bytes(std::string_view bytes) {
  std::string text(bytes);
  if (m_is_terminal) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return is_control(c) && c != '\n' && c != '\t'; },
        '?');
    text += text.ends_with('\n') ? "" : "\n";
  }
  write(text);
}

void Output::write_json(const Record& record) {
  JsonObjectWriter json;
  for (const Record::Field& field : record.fields()) {
    switch (field.kind) {
      case Record::Kind::TEXT:
        json.string(field.name, field.text);
        break;
      case Record::Kind::NUMBER:
        json.number(field.name, field.text);
        break;
      case Record::Kind::TIME:
        json.string(field.name, format_milliseconds(field.time));
        break;
      case Record::Kind::NOTHING:
        json.null(field.name);
        break;
    }
  }
  write(json.finish() + '\n');
}

void Output::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), m_file) != text.size()) {
    throw_errno("cannot write the output");
  }
}

}  // namespace payhook
