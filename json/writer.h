#pragma once

#include <span>
#include <string>
#include <string_view>

namespace payhook {

/// The text of a JSON string that says this, which must be UTF-8. Thread-safe.
std::string json_string(std::string_view value);

/// Writes one JSON object whose keys keep the order of the calls, spaced as in
/// {"key": "value", "other": 500.0}. Strings must be UTF-8 and are escaped where JSON asks for it.
class JsonObjectWriter {
 public:
  JsonObjectWriter& string(std::string_view key, std::string_view value);
  /// `number` is the text of a JSON number and is written as it is.
  JsonObjectWriter& number(std::string_view key, std::string_view number);
  /// `json` is any JSON text and is written as it is.
  JsonObjectWriter& value(std::string_view key, std::string_view json);
  JsonObjectWriter& null(std::string_view key);
  /// `values` are the texts of JSON values.
  JsonObjectWriter& array(std::string_view key, std::span<const std::string> values);

  /// Closes the object and hands it out; the writer is then used up.
  std::string finish();

 private:
  void append_key(std::string_view key);

  std::string m_text = "{";
};

}  // namespace payhook
