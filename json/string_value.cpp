#include "json/string_value.h"

#include <json/json.h>

#include <memory>
#include <stdexcept>

#include "json/escapes.h"

namespace payhook {

namespace {

// 255 bytes, all of them escaped, in quotes: what is longer is no field's value, and is only read
// to say so.
constexpr std::size_t k_most_bytes_for_jsoncpp = 6 * 255 + 2;

std::unique_ptr<Json::CharReader> make_reader() {
  Json::CharReaderBuilder builder;
  Json::CharReaderBuilder::strictMode(&builder.settings_);
  builder["strictRoot"] = false;  // it is given strings
  return std::unique_ptr<Json::CharReader>(builder.newCharReader());
}

/// jsoncpp is given strings, one by one, and nothing else: it takes "007" and much more for JSON,
/// and refuses "1e999".
std::string read_with_jsoncpp(std::string_view text) {
  thread_local const std::unique_ptr<Json::CharReader> reader = make_reader();
  Json::Value value;
  if (!reader->parse(text.data(), text.data() + text.size(), &value, nullptr)) {
    throw std::invalid_argument("jsoncpp refuses a string");
  }
  return value.asString();
}

}  // namespace

std::string read_json_string(std::string_view text) {
  // Most have no escape, and jsoncpp would spend an eighth of all that a webhook costs on them.
  if (text.find('\\') == text.npos) {
    return std::string(text.substr(1, text.size() - 2));
  }
  if (text.size() <= k_most_bytes_for_jsoncpp) {
    return read_with_jsoncpp(text);
  }
  std::string plain;
  unescape_json(text.data() + 1, plain);
  return plain;
}

}  // namespace payhook
