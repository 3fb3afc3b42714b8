#include "ctl/record.h"

#include <utility>

namespace payhook {

Record& Record::text(std::string_view name, std::string_view value) {
  m_fields.push_back({std::string(name), Kind::TEXT, std::string(value)});
  return *this;
}

Record& Record::optional_text(std::string_view name, const std::optional<std::string>& value) {
  if (value) {
    return text(name, *value);
  }
  m_fields.push_back({std::string(name), Kind::NOTHING, ""});
  return *this;
}

Record& Record::number(std::string_view name, std::string_view value) {
  m_fields.push_back({std::string(name), Kind::NUMBER, std::string(value)});
  return *this;
}

Record& Record::time(std::string_view name, const std::optional<Timestamp>& value) {
  m_fields.push_back(
      {std::string(name), value ? Kind::TIME : Kind::NOTHING, "", value.value_or(Timestamp())});
  return *this;
}

Record& Record::optional_number(std::string_view name, const std::optional<std::int64_t>& value) {
  if (value) {
    return number(name, std::to_string(*value));
  }
  m_fields.push_back({std::string(name), Kind::NOTHING, ""});
  return *this;
}

Record& Record::records(std::string_view name, std::vector<Record> value) {
  m_fields.push_back({std::string(name), Kind::RECORDS, "", {}, std::move(value)});
  return *this;
}

}  // namespace payhook
