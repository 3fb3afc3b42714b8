#include "json/writer.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace payhook {

namespace {

std::string written(std::string_view value) {
  return JsonObjectWriter().string("k", value).finish();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_writer)

BOOST_AUTO_TEST_CASE(an_object_without_members_is_a_pair_of_braces) {
  BOOST_TEST(JsonObjectWriter().finish() == "{}");
}

BOOST_AUTO_TEST_CASE(members_keep_their_order_and_their_spacing) {
  BOOST_TEST(
      JsonObjectWriter().string("b", "x").number("a", "1234567890123456.78").null("c").finish() ==
      R"({"b": "x", "a": 1234567890123456.78, "c": null})");
}

BOOST_AUTO_TEST_CASE(quotes_and_backslashes_are_escaped) {
  BOOST_TEST(written(R"(a"b\c/d)") == R"({"k": "a\"b\\c/d"})");
}

BOOST_AUTO_TEST_CASE(control_characters_are_escaped) {
  for (int c = 0; c < 0x20; ++c) {
    const std::string hex = {c < 16 ? '0' : '1', "0123456789abcdef"[c % 16]};
    BOOST_TEST(written(std::string(1, static_cast<char>(c))) == "{\"k\": \"\\u00" + hex + "\"}");
  }
}

BOOST_AUTO_TEST_CASE(other_characters_stand_as_they_are) {
  BOOST_TEST(written("\x7f \xe2\x82\xac \xf0\x9f\x98\x80") ==
             "{\"k\": \"\x7f \xe2\x82\xac \xf0\x9f\x98\x80\"}");
}

BOOST_AUTO_TEST_CASE(keys_are_escaped_too) {
  BOOST_TEST(JsonObjectWriter().null("a\"b").finish() == R"({"a\"b": null})");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
