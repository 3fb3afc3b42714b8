#include "core/header_lines.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <tuple>

namespace payhook::test {

BOOST_AUTO_TEST_CASE(a_header_is_found_in_whatever_way_its_line_is_written) {
  using Values = std::vector<std::string_view>;
  const std::tuple<std::string, std::string, Values> cases[] = {
      {"", "a", {}},
      {"a: 1", "a", {"1"}},
      {"A:1\r\nb: 2\r\n", "a", {"1"}},
      {"b: 2\na:\t x y \n", "A", {"x y"}},
      {"a: 1\nb: 2\na: 3", "a", {"1", "3"}},
      {"POST /a HTTP/1.1\na: http://b", "a", {"http://b"}},
      {"aa: 1\na : 2\n\na:", "a", {""}},
  };
  for (const auto& [lines, name, expected] : cases) {
    BOOST_TEST(header_values(lines, name) == expected, boost::test_tools::per_element());
  }
}

}  // namespace payhook::test
