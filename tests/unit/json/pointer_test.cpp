#include "json/pointer.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

namespace payhook {

BOOST_AUTO_TEST_SUITE(json_pointers)

BOOST_AUTO_TEST_CASE(the_examples_of_rfc_6901_point_to_what_it_says) {
  const std::string document =
      R"({"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, )"
      R"("k\"l": 6, " ": 7, "m~n": 8})";
  const std::pair<std::string, std::string> cases[] = {
      {"", document},
      {"/foo", R"(["bar", "baz"])"},
      {"/foo/0", R"("bar")"},
      {"/", "0"},
      {"/a~1b", "1"},
      {"/c%d", "2"},
      {"/e^f", "3"},
      {"/g|h", "4"},
      {"/i\\j", "5"},
      {"/k\"l", "6"},
      {"/ ", "7"},
      {"/m~0n", "8"},
      // and what is not there
      {"/foo/2", ""},
      {"/foo/00", ""},
      {"/foo/-", ""},
      {"/foo/0/1", ""},
      {"/bar", ""},
      {"/a", ""},
  };
  JsonPointers together;
  for (const auto& [pointer, expected] : cases) {
    JsonPointers alone;
    BOOST_TEST(alone.add(pointer) == 0);
    BOOST_TEST_CONTEXT(pointer) { BOOST_TEST(alone.find(document).at(0) == expected); }
    together.add(pointer);
  }
  const auto found = together.find(document);
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    BOOST_TEST_CONTEXT(cases[i].first) { BOOST_TEST(found.at(i) == cases[i].second); }
  }
}

BOOST_AUTO_TEST_CASE(what_lies_between_is_passed_over_whatever_it_is) {
  const std::string document =
      "\n{ \"x\" : [ {\"id\":\"}]\\\"\"}, -1.5e3 , true,[[]], {}, \"\\\\\" ],"
      "\"y\":{\"id\":1},\"\\u0069d\" :\t\"here\" }\n";
  JsonPointers pointers;
  const std::size_t id = pointers.add("/id");
  BOOST_TEST(pointers.add("/id") == id);
  const std::size_t nested = pointers.add("/x/0/id");
  const std::size_t last = pointers.add("/x/5");
  const auto found = pointers.find(document);
  BOOST_TEST(found[id] == R"("here")");
  BOOST_TEST(found[nested] == R"("}]\"")");
  BOOST_TEST(found[last] == R"("\\")");
}

BOOST_AUTO_TEST_CASE(the_elements_of_an_array_are_told_apart) {
  const auto elements = json_elements(R"([ {"a":[1,2]} ,"],", 3,[]])", 9);
  const std::vector<std::string_view> expected{R"({"a":[1,2]})", R"("],")", "3", "[]"};
  BOOST_TEST(elements == expected, boost::test_tools::per_element());
  BOOST_TEST(json_elements("[1, 2, 3]", 2).size() == 2U);
  BOOST_TEST(json_elements("[ ]", 9).empty());
  BOOST_TEST(json_elements(R"({"a":1})", 9).empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_pointer_is_refused) {
  JsonPointers pointers;
  for (const std::string text : {"a", "#/a", "/a~", "/a~2", "/a~b"}) {
    BOOST_CHECK_THROW(pointers.add(text), std::invalid_argument);
  }
  std::string deep;
  for (int i = 0; i < 33; ++i) {
    deep += "/a";
  }
  BOOST_CHECK_THROW(pointers.add(deep), std::invalid_argument);
  for (std::size_t i = 0; i < JsonPointers::k_most; ++i) {
    BOOST_TEST(pointers.add("/" + std::to_string(i)) == i);
  }
  BOOST_TEST(pointers.find(R"({"63": 7})").back() == "7");
  BOOST_CHECK_THROW(pointers.add("/64"), std::invalid_argument);
  BOOST_TEST(pointers.add("/63") == 63);
}

BOOST_AUTO_TEST_CASE(the_keys_of_an_object_are_read_without_escapes) {
  const std::pair<std::string, std::vector<std::string>> table[] = {
      {"{}", {}},
      {R"({"a": 1, "b" : {"c": "}"} , "\u0064\"": [","]})", {"a", "b", "d\""}},
      {R"({"": null})", {""}},
      {R"(["a"])", {}},
      {"1", {}},
  };
  for (const auto& [json, keys] : table) {
    BOOST_TEST(json_keys(json) == keys, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
