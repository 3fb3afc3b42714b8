#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ctl/text_lines.h"

namespace payhook {

/// A record of one field or more, as RFC 4180 has it, with the end of its line.
std::string csv_line(std::span<const std::string> fields);

/// Reads CSV with a header as RFC 4180 has it, also with \n alone at the ends of lines, another
/// separator, a byte-order mark and empty lines, as programs write it. For one thread.
class CsvReader {
 public:
  /// Takes a text that nothing has been read of, and reads the header. The separator is the one of
  /// , ; | and tab that the header has most of, where none is given. Throws as next() does.
  explicit CsvReader(TextLines lines, std::optional<char> separator = std::nullopt);

  const std::vector<std::string>& header() const noexcept { return m_header; }

  /// The fields of the next record, as many as the header has; nothing behind the last one. Throws
  /// WrongLine for what is none, or longer than a line may be, and as TextLines::next() does.
  std::optional<std::vector<std::string>> next();

  /// Where the record that was read last begins.
  std::uint64_t line() const noexcept { return m_line; }
  std::uint64_t bytes() const noexcept { return m_lines.bytes(); }

 private:
  std::optional<std::string> next_record();
  std::vector<std::string> fields_of(const std::string& record) const;

  TextLines m_lines;
  std::uint64_t m_line = 0;
  char m_separator = ',';
  std::vector<std::string> m_header;
};

}  // namespace payhook
