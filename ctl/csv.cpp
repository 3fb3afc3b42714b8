#include "ctl/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace payhook {

namespace {

std::string quoted_where_needed(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == field.npos) {
    return field;
  }
  std::string quoted = "\"";
  for (const char c : field) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + '"';
}

/// Of those that stand in no quotes.
char most_frequent_separator(std::string_view header) {
  constexpr std::string_view k_separators = ",;\t|";
  std::string outside;
  bool quoted = false;
  for (const char c : header) {
    quoted = quoted != (c == '"');
    outside += quoted ? "" : std::string(1, c);
  }
  return *std::max_element(k_separators.begin(), k_separators.end(), [&](char one, char other) {
    return std::count(outside.begin(), outside.end(), one) <
           std::count(outside.begin(), outside.end(), other);
  });
}

}  // namespace

std::string csv_line(std::span<const std::string> fields) {
  std::string line;
  for (const std::string& field : fields) {
    line += quoted_where_needed(field) + ',';
  }
  line.pop_back();
  return line + "\r\n";
}

CsvReader::CsvReader(TextLines lines, std::optional<char> separator) : m_lines(std::move(lines)) {
  if (const auto record = next_record()) {
    m_separator = separator.value_or(most_frequent_separator(*record));
    m_header = fields_of(*record);
  }
}

std::optional<std::vector<std::string>> CsvReader::next() {
  const auto record = next_record();
  if (!record) {
    return std::nullopt;
  }
  std::vector<std::string> fields = fields_of(*record);
  if (fields.size() != m_header.size()) {
    throw WrongLine(m_line, fmt::format("it has {} fields, and the header has {}", fields.size(),
                                        m_header.size()));
  }
  return fields;
}

/// A line, or several where a field in quotes has their ends.
std::optional<std::string> CsvReader::next_record() {
  std::string record;
  bool is_quoted = false;
  while (auto line = m_lines.next()) {
    m_line = is_quoted ? m_line : m_lines.number();
    is_quoted = is_quoted != (std::count(line->begin(), line->end(), '"') % 2 != 0);
    record += *line;
    if (is_quoted) {
      record += '\n';
    } else if (!record.empty() && record != "\r") {
      record.resize(record.size() - (record.ends_with('\r') ? 1 : 0));
      return record;
    } else {
      record.clear();
    }
    if (record.size() > TextLines::k_most_bytes) {
      throw WrongLine(m_line, "a quote has no other one within 1 MiB");
    }
  }
  if (is_quoted) {
    throw WrongLine(m_line, "a quote has no other one");
  }
  return std::nullopt;
}

std::vector<std::string> CsvReader::fields_of(const std::string& record) const {
  enum class Quotes { NONE, OPEN, CLOSED } quotes = Quotes::NONE;
  std::vector<std::string> fields(1);
  for (std::size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    std::string& field = fields.back();
    if (quotes == Quotes::OPEN) {
      if (c != '"') {
        field += c;
      } else if (record.compare(i, 2, "\"\"") == 0) {
        field += record[++i];
      } else {
        quotes = Quotes::CLOSED;
      }
    } else if (c == m_separator) {
      fields.emplace_back();
      quotes = Quotes::NONE;
    } else if (quotes == Quotes::NONE && c == '"' && field.empty()) {
      quotes = Quotes::OPEN;
    } else if (quotes == Quotes::CLOSED || c == '"') {
      throw WrongLine(m_line, "a quote stands neither around a field nor twice within one");
    } else {
      field += c;
    }
  }
  return fields;
}

}  // namespace payhook
