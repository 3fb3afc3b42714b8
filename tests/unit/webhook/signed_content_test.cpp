#include "webhook/signed_content.h"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <utility>

namespace payhook::test {

BOOST_AUTO_TEST_SUITE(signed_content)

BOOST_AUTO_TEST_CASE(it_is_fixed_text_with_places) {
  const SignedParts parts{"1533204620", "msg_1", "POST", "https://pay.test/x", "{\"a\": 1}", "key"};
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
  };
  for (const auto& [text, content] : templates) {
    BOOST_TEST(SignedContent(text).of(parts) == content);
  }
}

BOOST_AUTO_TEST_CASE(a_template_that_cannot_be_meant_is_refused) {
  for (const auto* text : {"{", "}", "{body", "body}", "}{", "{bdy}", "{}", "{Body}", "{{body}}"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_CHECK_THROW(SignedContent{text}, std::invalid_argument); }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
