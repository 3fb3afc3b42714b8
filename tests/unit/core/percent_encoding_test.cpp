#include "core/percent_encoding.h"

#include <boost/test/unit_test.hpp>

namespace payhook::test {

BOOST_AUTO_TEST_SUITE(percent_encoding)

BOOST_AUTO_TEST_CASE(a_form_is_read_field_by_field) {
  using Fields = std::vector<std::pair<std::string, std::string>>;
  const std::pair<const char*, std::optional<Fields>> table[] = {
      {"", Fields{}},
      {"&&", Fields{}},
      {"=", Fields{}},
      {"a", Fields{{"a", ""}}},
      {"a=", Fields{{"a", ""}}},
      {"=1", Fields{{"", "1"}}},
      {"a=1&b=2&a=3", Fields{{"a", "1"}, {"b", "2"}, {"a", "3"}}},
      {"a=1=2", Fields{{"a", "1=2"}}},
      {"a+b=c+d%2B%26", Fields{{"a b", "c d+&"}}},
      {"a=%4", std::nullopt},
      {"%zz=1", std::nullopt},
  };
  for (const auto& [form, fields] : table) {
    BOOST_TEST((form_fields(form) == fields), form);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
