#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace payhook {

/// The records of a text that another program has written: CSV with a header, or JSON lines. For
/// one thread.
class FieldReader {
 public:
  virtual ~FieldReader() = default;

  /// The place of a field among those of each record: of a column, or of what a JSON Pointer or
  /// the name of a member of the root leads to. Throws std::invalid_argument, saying what there is,
  /// where there is none.
  virtual std::size_t place_of(const std::string& name) = 0;

  /// The texts of the next record's fields, by their places: empty where it has none. Nothing
  /// behind the last record. Throws WrongLine, and std::system_error where it cannot be read.
  virtual std::optional<std::vector<std::string>> next() = 0;

  /// Where the record that was read last begins.
  virtual std::uint64_t line() const = 0;

  /// How many bytes have been read.
  virtual std::uint64_t bytes() const = 0;
};

/// Reads JSON lines where the text begins with {, and CSV otherwise, with this separator or the
/// one that it has. `in` is not owned. Throws WrongLine for a header that is none.
std::unique_ptr<FieldReader> read_fields(std::istream& in, std::optional<char> separator);

}  // namespace payhook
