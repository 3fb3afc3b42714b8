#pragma once

#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include "ctl/record.h"

namespace payhook {

/// Where a command writes what it has found: standard output. People at a terminal read local times
/// and see no control characters of others; programs read UTC as RFC 3339 has it, and, where they
/// ask for it, JSON, an object a line. For one thread.
class Output {
 public:
  enum class Format { PLAIN, JSON };

  /// `file` is not owned.
  Output(std::FILE* file, Format format);

  Format format() const noexcept { return m_format; }

  /// Many of one kind, as a table whose first line has the names; nothing where there are none.
  /// Throws std::system_error where they cannot be written, as all member functions do.
  void table(std::span<const Record> records);

  /// One, a line for each field.
  void record(const Record& record);

  /// A sentence for people. Nothing where JSON is written.
  void say(std::string_view sentence);

  /// Bytes as they are, but for a terminal's control characters.
  void bytes(std::string_view bytes);

 private:
  std::string text_of(const Record::Field& field) const;
  void write_json(const Record& record);
  void write(std::string_view text);

  std::FILE* const m_file;
  const Format m_format;
  const bool m_is_terminal;
};

}  // namespace payhook
