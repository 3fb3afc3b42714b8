#pragma once

#include <cstdio>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/pager.h"
#include "ctl/record.h"

namespace payhook {

/// Nobody reads what a command writes any more: a pager was left, or `head` has seen enough.
class OutputClosed : public std::runtime_error {
 public:
  OutputClosed() : std::runtime_error("nobody reads the output") {}
};

/// Where a command writes what it has found: standard output. People at a terminal read local times
/// and see no control characters of others, what is wrong in red, and long output in a pager;
/// programs read UTC as RFC 3339 has it, and, where they ask for it, JSON, an object a line. For
/// one thread.
class Output {
 public:
  enum class Format { PLAIN, JSON };
  enum class Paging { ALLOWED, NEVER };

  /// `file` is not owned.
  Output(std::FILE* file, Format format, Paging paging = Paging::NEVER);

  Format format() const noexcept { return m_format; }

  /// What is written from now on may be long: a terminal's pager shows it, where one is allowed.
  void may_be_long();

  /// Many of one kind, as a table whose first line has the names; nothing where there are none.
  /// Throws OutputClosed, or ProgramError (EX_IOERR) where they cannot be written, as all member
  /// functions do.
  void table(std::span<const Record> records);

  /// More of the last table, whose columns are as wide; its beginning where nothing has been
  /// written of any.
  void more_of_table(std::span<const Record> records);

  /// One, a line for each field; those that hold records are for JSON alone.
  void record(const Record& record);

  /// A sentence for people. Nothing where JSON is written.
  void say(std::string_view sentence);

  /// A sentence in the place of a table that would have no lines. Nothing where no terminal shows
  /// it.
  void say_to_people(std::string_view sentence);

  /// Hands out what was written until now.
  void flush();

  /// Bytes as they are, but for a terminal's control characters.
  void bytes(std::string_view bytes);

 private:
  std::string text_of(const Record::Field& field) const;
  std::string coloured(std::string_view text) const;
  void write_json(const Record& record);
  void write(std::string_view text);

  std::FILE* m_file;
  const Format m_format;
  const bool m_is_terminal;
  const bool m_has_colours;
  const Paging m_paging;
  std::shared_ptr<Pager> m_pager;
  std::vector<std::size_t> m_widths;  // of the last table
};

}  // namespace payhook
