#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.h"

namespace payhook {

/// What a command tells of one thing: fields with names, in an order. It is written as a line of a
/// table, as lines of its own, or as JSON.
class Record {
 public:
  enum class Kind { TEXT, NUMBER, TIME, RECORDS, NOTHING };

  struct Field {
    std::string name;  ///< as JSON has it: in lower case, with underscores
    Kind kind = Kind::NOTHING;
    std::string text;  ///< of a number, as JSON has it
    Timestamp time{};
    std::vector<Record> records = {};  ///< which JSON has as an array, and people see elsewhere
  };

  Record& text(std::string_view name, std::string_view value);
  Record& optional_text(std::string_view name, const std::optional<std::string>& value);

  /// `value` is the text of a JSON number.
  Record& number(std::string_view name, std::string_view value);
  Record& time(std::string_view name, const std::optional<Timestamp>& value);

  Record& optional_number(std::string_view name, const std::optional<std::int64_t>& value);
  Record& records(std::string_view name, std::vector<Record> value);

  const std::vector<Field>& fields() const noexcept { return m_fields; }

 private:
  std::vector<Field> m_fields;
};

/// As a JSON object on one line, with times in UTC and no newline at its end.
std::string json_of(const Record& record);

/// The texts of its fields, with times in UTC; an empty one where there is nothing.
std::vector<std::string> texts_of(const Record& record);

}  // namespace payhook
