#include "webhook/signed_content.h"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <utility>

namespace payhook::test {

BOOST_AUTO_TEST_SUITE(signed_content)

BOOST_AUTO_TEST_CASE(it_is_fixed_text_with_places) {
  const SignedRequest request{"POST", "data.id=7&x=a%2Bb", "{\"a\": 1}", [](std::string_view name) {
                                return name == "Date" ? std::vector<std::string_view>{" today "}
                                                      : std::vector<std::string_view>{};
                              }};
  const SignedParts parts{.request = request,
                          .timestamp = "1533204620",
                          .id = "msg_1",
                          .item = R"({"s": "a\u0062", "n": 1.50, "t": true, "z": null, "o": {}})",
                          .secret = "key"};
  const SignedContent::Values values{{"url", "https://pay.test/x"}};
  const std::pair<const char*, const char*> templates[] = {
      {"", ""},
      {"{body}", "{\"a\": 1}"},
      {"{timestamp}.{body}", "1533204620.{\"a\": 1}"},
      {"v0:{timestamp}:{body}", "v0:1533204620:{\"a\": 1}"},
      {"{id}.{timestamp}.{body}", "msg_1.1533204620.{\"a\": 1}"},
      {"{url}{body}", "https://pay.test/x{\"a\": 1}"},
      {"{method} {url}", "POST https://pay.test/x"},
      {"{body}{secret}", "{\"a\": 1}key"},
      {"{id}{id}", "msg_1msg_1"},
      {"{header:Date}|{header:Other}|", "today||"},
      {"{query:data.id} {query:x} {query:y}", "7 a+b "},
      {"{body_crc32}", "4221669015"},
      {"{/s}:{/n}:{/t}:{/z}:{/absent}", "ab:1.50:true::"},
      {"[id:{query:data.id};][y:{query:y};]ts:{timestamp};", "id:7;ts:1533204620;"},
      {"[{id}{query:y}][fixed]", "fixed"},
  };
  for (const auto& [text, content] : templates) {
    BOOST_TEST(SignedContent(text, values).of(parts) == content);
  }
  BOOST_CHECK_THROW(SignedContent("{/o}").of(parts), InvalidSignature);
}

BOOST_AUTO_TEST_CASE(a_template_that_cannot_be_meant_is_refused) {
  for (const auto* text :
       {"{", "}", "{body", "body}", "}{", "{bdy}", "{}", "{Body}", "{{body}}", "{url}", "{header:}",
        "{header:A B}", "{header:A_B}", "[", "]", "[[{id}]]", "{id}]", "][", "{/~2}"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_CHECK_THROW(SignedContent{text}, std::invalid_argument); }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
