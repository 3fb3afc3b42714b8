#include "api/meta_variables.h"

#include <boost/test/unit_test.hpp>

namespace payhook::test {

BOOST_AUTO_TEST_SUITE(meta_variables)

BOOST_AUTO_TEST_CASE(a_variable_is_found_by_its_whole_name) {
  const char* const list[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/?a=b", "EMPTY=", "NAME", nullptr};
  const MetaVariables variables(list);
  BOOST_TEST(variables.find("REQUEST_METHOD") == "GET");
  BOOST_TEST(variables.find("REQUEST_URI") == "/?a=b");
  for (const char* name : {"EMPTY", "NAME", "", "REQUEST", "REQUEST_METHOD=", "request_method"}) {
    BOOST_TEST(variables.find(name) == "", name);
  }
  BOOST_TEST(MetaVariables().find("REQUEST_METHOD") == "");
  BOOST_TEST(MetaVariables().header("Host") == "");
}

BOOST_AUTO_TEST_CASE(a_header_is_found_by_its_name_in_any_case) {
  const char* const list[] = {"HTTP_X_SIGNATURE_256=sha256=0", "HTTP_X_SIGNATURE=no", nullptr};
  for (const char* name : {"X-Signature-256", "x-signature-256", "X-SIGNATURE-256"}) {
    BOOST_TEST(MetaVariables(list).header(name) == "sha256=0", name);
  }
  for (const char* name : {"", "X", "X-Signature-25", "X-Signature-2567"}) {
    BOOST_TEST(MetaVariables(list).header(name) == "", name);
  }
}

BOOST_AUTO_TEST_CASE(what_a_client_sends_is_never_the_front_ends_word) {
  const char* const list[] = {"HTTP_REMOTE_ADDR=forged", "HTTP_REQUEST_ID=forged",
                              "HTTP_CONTENT_LENGTH=forged", "REMOTE_ADDR=192.0.2.1", nullptr};
  BOOST_TEST(MetaVariables(list).find("REMOTE_ADDR") == "192.0.2.1");
  BOOST_TEST(MetaVariables(list).find("REQUEST_ID") == "");
  BOOST_TEST(MetaVariables(list).find("CONTENT_LENGTH") == "");
  BOOST_TEST(MetaVariables(list).header("Remote-Addr") == "forged");
}

BOOST_AUTO_TEST_CASE(a_header_that_comes_again_adds_to_a_list_and_of_a_variable_the_last_counts) {
  // nginx sends each fastcgi_param, those of an included fastcgi_params beside the site's own.
  const char* const list[] = {"HTTP_CONTENT_ENCODING=gzip",     "REQUEST_METHOD=GET",
                              "HTTP_CONTENT_ENCODING=identity", "REQUEST_METHOD=POST",
                              "HTTP_CONTENT_ENCODING=br",       nullptr};
  BOOST_TEST(MetaVariables(list).header("Content-Encoding") == "gzip, identity, br");
  BOOST_TEST(MetaVariables(list).find("REQUEST_METHOD") == "POST");
}

BOOST_AUTO_TEST_CASE(headers_and_what_a_request_has_are_read) {
  for (const char* name : {"REQUEST_METHOD", "REQUEST_URI", "CONTENT_TYPE", "CONTENT_LENGTH",
                           "REMOTE_ADDR", "REQUEST_ID", "HTTP_CONTENT_ENCODING", "HTTP_X"}) {
    BOOST_TEST(MetaVariables::are_read(name), name);
  }
  for (const char* name : {"", "PATH_INFO", "request_method", "REQUEST_URI ", "HTTP"}) {
    BOOST_TEST(!MetaVariables::are_read(name), name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
