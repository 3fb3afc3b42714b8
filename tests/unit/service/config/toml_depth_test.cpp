#include "service/config/toml_depth.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace payhook {

namespace {

std::string repeated(std::size_t count, const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

/// A key of so many parts.
std::string dotted(std::size_t parts) { return repeated(parts - 1, "a.") + "a"; }

constexpr std::size_t k_far_too_many = 200'000;

}  // namespace

BOOST_AUTO_TEST_SUITE(toml_depth)

BOOST_AUTO_TEST_CASE(what_has_few_levels_is_not_too_deep) {
  const std::string texts[] = {
      "",
      "\n\n",
      "database = \"/x\"\n[responder]\nlisten = '/y'\n",
      "currencies = { USDT = 6, BTC = 8 }",
      dotted(17) + " = 1",
      "[" + dotted(16) + "]",
      repeated(16, "[") + repeated(16, "]"),
      repeated(k_far_too_many, "a.b.c = 1\n"),
      repeated(k_far_too_many, "[a.b]\n"),
      "a = [" + repeated(k_far_too_many, "1.5, ") + "]",
      "a = {" + repeated(k_far_too_many, "b.c = 1.5, ") + "}",
  };
  for (const auto& text : texts) {
    BOOST_TEST(too_deep_line(text) == 0U, text.substr(0, 60));
  }
}

BOOST_AUTO_TEST_CASE(the_line_is_named_where_it_becomes_too_deep) {
  const std::pair<std::string, std::size_t> table[] = {
      {dotted(18) + " = 1", 1},
      {"\n\n" + dotted(18) + " = 1", 3},
      {"\n[" + dotted(17) + "]", 2},
      {"\n[[" + dotted(17) + "]]", 2},
      {"\n" + repeated(17, "["), 2},
      {repeated(17, "[\n"), 17},
      {repeated(17, "{a="), 1},
      {repeated(17, "[{a=\n"), 9},
      {"a = \"\"\"\n\n\"\"\"\n" + dotted(18) + " = 1", 4},
      {dotted(k_far_too_many) + " = 1", 1},
      {repeated(k_far_too_many, "["), 1},
      {repeated(k_far_too_many, "{a="), 1},
      {repeated(k_far_too_many, "{a.b=["), 1},
      {repeated(k_far_too_many, "a . "), 1},
      {repeated(k_far_too_many, "\"a\".'b'."), 1},
      {"[" + dotted(k_far_too_many), 1},
  };
  for (const auto& [text, line] : table) {
    BOOST_TEST(too_deep_line(text) == line, text.substr(0, 60));
  }
}

BOOST_AUTO_TEST_CASE(what_stands_in_strings_and_comments_is_no_level) {
  const std::string levels = repeated(40, ".") + repeated(40, "[") + repeated(40, "{");
  const std::string texts[] = {
      "# " + levels,
      "a = 1 # " + levels + "\nb = 2",
      "a = \"" + levels + "\"",
      "a = '" + levels + "'",
      "a = \"\\\"" + levels + "\"",
      "a = \"\"\"\n" + levels + "\n\"" + levels + "\\\"\"\"" + levels + "\"\"\"",
      "a = '''\n" + levels + "\n''" + levels + "'''",
      "a = \"\"\"" + levels + "\"\"\"\"\"",
      "a = ''''" + levels + "'''''",
      "\"" + levels + "\" = 1",
  };
  for (const auto& text : texts) {
    BOOST_TEST(too_deep_line(text) == 0U, text.substr(0, 60));
  }
}

BOOST_AUTO_TEST_CASE(levels_behind_strings_and_comments_count) {
  const std::string deep = "\n" + dotted(18) + " = 1";
  const std::string before[] = {
      "# comment \"",
      "a = ''",
      "a = \"\"",
      "a = '\\'",
      "a = \"\\\\\"",
      "a = \"cut off",
      "a = 'cut off",
      "a = \"\"\"x\"\"\"",
      "a = \"\"\"x\"\"\"\"",
      "a = \"\"\"x\"\"\"\"\"",
      "a = '''x'''''",
      "a = \"\"\"\"\"\"",
      "a = ''''''",
  };
  for (const auto& text : before) {
    BOOST_TEST(too_deep_line(text + deep) == 2U, text);
  }
}

BOOST_AUTO_TEST_CASE(levels_beside_a_string_on_its_line_count) {
  const std::string deep = ", " + repeated(17, "[");
  for (const std::string text : {"''", "\"\"", "'x'", "\"\\\"\"", "\"\"\"x\"\"\"\"", "'''x'''''"}) {
    BOOST_TEST(too_deep_line(text + deep) == 1U, text);
  }
}

BOOST_AUTO_TEST_CASE(brackets_that_were_never_opened_hide_none) {
  BOOST_TEST(too_deep_line(repeated(100, "]") + repeated(17, "[")) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
