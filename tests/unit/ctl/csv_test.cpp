#include "ctl/csv.h"

#include <fmt/ranges.h>

#include <boost/test/unit_test.hpp>
#include <sstream>
#include <string>
#include <utility>

namespace payhook::test {

namespace {

/// The records, with <> around each field, a line each; or what is wrong.
std::string read(const std::string& text, std::optional<char> separator = std::nullopt) try {
  std::istringstream in(text);
  CsvReader reader{TextLines(in), separator};
  std::string records = fmt::format("<{}>", fmt::join(reader.header(), "><"));
  for (auto fields = reader.next(); fields; fields = reader.next()) {
    records += fmt::format("\n{}<{}>", reader.line(), fmt::join(*fields, "><"));
  }
  return records;
} catch (const WrongLine& e) {
  return e.what();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(csv)

BOOST_AUTO_TEST_CASE(records_are_read_as_programs_write_them) {
  const std::pair<std::string, std::string> table[] = {
      {"", "<>"},
      {"a,b\n1,2\n", "<a><b>\n2<1><2>"},
      {"a,b\r\n1,2\r\n", "<a><b>\n2<1><2>"},
      {"a,b\n1,2", "<a><b>\n2<1><2>"},
      {"\xef\xbb\xbf"
       "a,b\n1,\n",
       "<a><b>\n2<1><>"},
      {"\xef\xbd\x81,b\n1,\n", "<\xef\xbd\x81><b>\n2<1><>"},
      {"a,b\n\n1,2\n\r\n3,4\n", "<a><b>\n3<1><2>\n5<3><4>"},
      {"a,b\n\"1,5\",\"say \"\"hi\"\"\"\n", "<a><b>\n2<1,5><say \"hi\">"},
      {"a,b\n\"1\r\n5\",2\n3,4\n", "<a><b>\n2<1\r\n5><2>\n4<3><4>"},
      {"a,b\n\"\",\"\"\n", "<a><b>\n2<><>"},
      {"a;b\n1,5;2\n", "<a><b>\n2<1,5><2>"},
      {"a\tb\n1,5\t2\n", "<a><b>\n2<1,5><2>"},
      {"a|b\n1|2\n", "<a><b>\n2<1><2>"},
      {"\"a,x,y\";b\n1;2\n", "<a,x,y><b>\n2<1><2>"},
      {"a\n1\n", "<a>\n2<1>"},
      {"a, b \n 1 ,2\n", "<a>< b >\n2< 1 ><2>"},
  };
  for (const auto& [text, expected] : table) {
    BOOST_TEST(read(text) == expected);
  }
  BOOST_TEST(read("a:b\n1:2\n", ':') == "<a><b>\n2<1><2>");
  BOOST_TEST(read("a,b,c;d\n1,2,3;4\n", ';') == "<a,b,c><d>\n2<1,2,3><4>");
}

BOOST_AUTO_TEST_CASE(what_is_no_record_is_refused_with_its_line) {
  const std::pair<std::string, std::string> table[] = {
      {"a,b\n1,2\n3\n", "line 3: it has 1 fields, and the header has 2"},
      {"a,b\n1,2,\n", "line 2: it has 3 fields, and the header has 2"},
      {"a,b\n1,\"2\n3,4\n", "line 2: a quote has no other one"},
      {"a,b\n1,5\" disk\n\"\n",
       "line 2: a quote stands neither around a field nor twice within one"},
      {"a,b\n\"1\"x,2\n", "line 2: a quote stands neither around a field nor twice within one"},
      {"a,b\n\"1\"\"\" \"\",2\n",
       "line 2: a quote stands neither around a field nor twice within one"},
      {"a,b\n1,\xff\n", "line 2: it is no UTF-8: convert the file, as with iconv(1)"},
      {"\xff\xfe"
       "a",
       "line 1: it is no UTF-8: convert the file, as with iconv(1)"},
      {"a\n" + std::string(TextLines::k_most_bytes + 1, 'x'),
       "line 2: it has more than 1 MiB: is this a text?"},
      {"a\n\"" + std::string(TextLines::k_most_bytes - 1, 'x') + "\n\n\n",
       "line 2: a quote has no other one within 1 MiB"},
  };
  for (const auto& [text, expected] : table) {
    BOOST_TEST(read(text) == expected);
  }
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
  const std::vector<std::string> fields{"", "plain", "a,b", "say \"hi\"", "two\r\nlines", " x "};
  const std::string line = csv_line(fields);
  BOOST_TEST(line == ",plain,\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\", x \r\n");
  BOOST_TEST(read(line, ',') == fmt::format("<{}>", fmt::join(fields, "><")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
