#include "ctl/field_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "ctl/csv.h"
#include "json/grammar.h"
#include "json/pointer.h"
#include "webhook/field_text.h"

namespace payhook {

namespace {

class CsvFields final : public FieldReader {
 public:
  CsvFields(TextLines lines, std::optional<char> separator)
      : m_reader(std::move(lines), separator) {}

  std::size_t place_of(const std::string& name) override {
    const auto& header = m_reader.header();
    const auto column = std::find(header.begin(), header.end(), name);
    if (column == header.end()) {
      throw std::invalid_argument(header.empty() ? "it is empty"
                                                 : fmt::format("there is no column '{}' but: {}",
                                                               name, fmt::join(header, ", ")));
    }
    return static_cast<std::size_t>(column - header.begin());
  }

  std::optional<std::vector<std::string>> next() override { return m_reader.next(); }
  std::uint64_t line() const override { return m_reader.line(); }
  std::uint64_t bytes() const override { return m_reader.bytes(); }

 private:
  CsvReader m_reader;
};

/// The JSON Pointer of a member of the root.
std::string pointer_to(const std::string& name) {
  std::string pointer = "/";
  for (const char c : name) {
    pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  }
  return pointer;
}

class JsonFields final : public FieldReader {
 public:
  explicit JsonFields(TextLines lines) : m_lines(std::move(lines)) {}

  std::size_t place_of(const std::string& name) override {
    return m_pointers.add(name.starts_with('/') ? name : pointer_to(name));
  }

  std::optional<std::vector<std::string>> next() override {
    for (auto line = m_lines.next(); line; line = m_lines.next()) {
      if (line->find_first_not_of(" \t\r") != line->npos) {
        return texts_of(*line);
      }
    }
    return std::nullopt;
  }

  std::uint64_t line() const override { return m_lines.number(); }
  std::uint64_t bytes() const override { return m_lines.bytes(); }

 private:
  std::vector<std::string> texts_of(const std::string& line) const {
    const std::string_view root = read_json(line, {});
    if (!root.starts_with('{')) {
      throw WrongLine(m_lines.number(), "it is no JSON object");
    }
    std::vector<std::string> texts;
    for (const std::string_view json : m_pointers.find(root)) {
      texts.push_back(is_nested(json) ? std::string() : field_text(json));
    }
    return texts;
  }

  TextLines m_lines;
  JsonPointers m_pointers;
};

}  // namespace

std::unique_ptr<FieldReader> read_fields(std::istream& in, std::optional<char> separator) {
  TextLines lines(in);
  if (lines.peek() == '{') {
    return std::make_unique<JsonFields>(std::move(lines));
  }
  return std::make_unique<CsvFields>(std::move(lines), separator);
}

}  // namespace payhook
