#include "ctl/record.h"

#include <algorithm>
#include <utility>

#include "json/writer.h"

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

std::string json_of(const Record& record) {
  JsonObjectWriter json;
  for (const Record::Field& field : record.fields()) {
    switch (field.kind) {
      case Record::Kind::TEXT:
        json.string(field.name, field.text);
        break;
      case Record::Kind::NUMBER:
        json.number(field.name, field.text);
        break;
      case Record::Kind::TIME:
        json.string(field.name, format_milliseconds(field.time));
        break;
      case Record::Kind::RECORDS: {
        std::vector<std::string> objects(field.records.size());
        std::transform(field.records.begin(), field.records.end(), objects.begin(), json_of);
        json.array(field.name, objects);
        break;
      }
      case Record::Kind::NOTHING:
        json.null(field.name);
        break;
    }
  }
  return json.finish();
}

std::vector<std::string> texts_of(const Record& record) {
  std::vector<std::string> texts;
  for (const Record::Field& field : record.fields()) {
    texts.push_back(field.kind == Record::Kind::TIME ? format_milliseconds(field.time)
                                                     : field.text);
  }
  return texts;
}

}  // namespace payhook
