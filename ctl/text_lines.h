#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <stdexcept>
#include <string>

namespace payhook {

/// A line of a text that is not as it has to be: which one, and why.
class WrongLine : public std::runtime_error {
 public:
  WrongLine(std::uint64_t line, const std::string& why)
      : std::runtime_error("line " + std::to_string(line) + ": " + why) {}
};

/// The lines of a text, one after the other, without a byte-order mark. For one thread.
class TextLines {
 public:
  static constexpr std::size_t k_most_bytes = std::size_t{1} << 20;  ///< of a line

  /// `in` is not owned.
  explicit TextLines(std::istream& in);

  /// The first character of the next line; nothing at the end. Throws std::system_error where the
  /// text cannot be read, as next() does.
  std::optional<char> peek();

  /// The next line without the \n at its end; nothing behind the last one. Throws WrongLine for one
  /// of more than k_most_bytes, or one that is no UTF-8.
  std::optional<std::string> next();

  /// Of the line that was read last, from 1.
  std::uint64_t number() const noexcept { return m_number; }

  /// How many bytes have been read.
  std::uint64_t bytes() const noexcept { return m_bytes; }

 private:
  int get();

  std::istream& m_in;
  std::string m_ahead;  // what was read to look for the mark, and was none
  std::uint64_t m_number = 0;
  std::uint64_t m_bytes = 0;
};

}  // namespace payhook
