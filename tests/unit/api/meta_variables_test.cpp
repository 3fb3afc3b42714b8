#include "api/meta_variables.h"

#include <boost/test/unit_test.hpp>

namespace payhook::test {

BOOST_AUTO_TEST_SUITE(meta_variables)

BOOST_AUTO_TEST_CASE(a_variable_is_found_by_its_whole_name) {
  const char* const list[] = {"REQUEST_METHODS=no", "REQUEST_METHOD=GET",
                              "REQUEST=no",         "XREQUEST_METHOD=no",
                              "REQUEST_METHOD",     "request_method=no",
                              "REQUEST_URI=/?a=b",  "CONTENT_TYPE=",
                              "CONTENT_LENGTH",     nullptr};
  const MetaVariables variables(list);
  BOOST_TEST(variables.find(MetaVariable::REQUEST_METHOD) == "GET");
  BOOST_TEST(variables.find(MetaVariable::REQUEST_URI) == "/?a=b");
  for (const MetaVariable absent :
       {MetaVariable::CONTENT_TYPE, MetaVariable::CONTENT_LENGTH, MetaVariable::REMOTE_ADDR}) {
    BOOST_TEST(variables.find(absent) == "");
  }
  BOOST_TEST(MetaVariables().find(MetaVariable::REQUEST_METHOD) == "");
  BOOST_TEST(MetaVariables().header("Host") == "");
}

BOOST_AUTO_TEST_CASE(each_variable_has_its_name) {
  const std::pair<MetaVariable, std::string> names[] = {
      {MetaVariable::REQUEST_METHOD, "REQUEST_METHOD"},
      {MetaVariable::REQUEST_URI, "REQUEST_URI"},
      {MetaVariable::CONTENT_TYPE, "CONTENT_TYPE"},
      {MetaVariable::CONTENT_LENGTH, "CONTENT_LENGTH"},
      {MetaVariable::REMOTE_ADDR, "REMOTE_ADDR"},
      {MetaVariable::REQUEST_ID, "REQUEST_ID"},
  };
  for (const auto& [variable, name] : names) {
    const std::string text = name + "=x";
    const char* const list[] = {text.c_str(), nullptr};
    BOOST_TEST(MetaVariables(list).find(variable) == "x", name);
    BOOST_TEST(MetaVariables::are_read(name), name);
  }
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
  BOOST_TEST(MetaVariables(list).find(MetaVariable::REMOTE_ADDR) == "192.0.2.1");
  BOOST_TEST(MetaVariables(list).find(MetaVariable::REQUEST_ID) == "");
  BOOST_TEST(MetaVariables(list).find(MetaVariable::CONTENT_LENGTH) == "");
  BOOST_TEST(MetaVariables(list).header("Remote-Addr") == "forged");
}

BOOST_AUTO_TEST_CASE(a_header_that_comes_again_adds_to_a_list_and_of_a_variable_the_last_counts) {
  // nginx sends each fastcgi_param, those of an included fastcgi_params beside the site's own.
  const char* const list[] = {"HTTP_CONTENT_ENCODING=gzip",     "REQUEST_METHOD=GET",
                              "HTTP_CONTENT_ENCODING=identity", "REQUEST_METHOD=POST",
                              "HTTP_CONTENT_ENCODING=br",       nullptr};
  BOOST_TEST(MetaVariables(list).header("Content-Encoding") == "gzip, identity, br");
  BOOST_TEST(MetaVariables(list).find(MetaVariable::REQUEST_METHOD) == "POST");
}

BOOST_AUTO_TEST_CASE(headers_are_read_and_nothing_that_nobody_asks_for) {
  BOOST_TEST(MetaVariables::are_read("HTTP_CONTENT_ENCODING"));
  BOOST_TEST(MetaVariables::are_read("HTTP_X"));
  for (const char* name : {"", "PATH_INFO", "request_method", "REQUEST_URI ", "HTTP"}) {
    BOOST_TEST(!MetaVariables::are_read(name), name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
