#include "api/http.h"

#include <boost/test/unit_test.hpp>
#include <set>

namespace payhook::test {

namespace {

HttpRequest request(std::string method) {
  HttpRequest request;
  request.method = std::move(method);
  request.request_id = "id-1";
  return request;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http)

BOOST_AUTO_TEST_CASE(a_response_is_written_as_a_cgi_program_writes_it) {
  BOOST_TEST(
      to_cgi_text({202, "{\"a\": 1}", {{"Allow", "GET"}, {"Retry-After", "5"}}}, request("POST")) ==
      "Status: 202 Accepted\r\n"
      "Content-Type: application/json\r\n"
      "Cache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "X-Request-Id: id-1\r\n"
      "Content-Length: 8\r\n"
      "Allow: GET\r\n"
      "Retry-After: 5\r\n"
      "\r\n"
      "{\"a\": 1}");
}

BOOST_AUTO_TEST_CASE(the_answer_to_head_is_that_to_get_without_its_body) {
  const HttpResponse response{200, "{\"a\": 1}"};
  const std::string get = to_cgi_text(response, request("GET"));
  BOOST_TEST(get.ends_with(response.body));
  BOOST_TEST(to_cgi_text(response, request("HEAD")) ==
             get.substr(0, get.size() - response.body.size()));
}

BOOST_AUTO_TEST_CASE(an_answer_without_content_announces_no_length) {
  const std::string text = to_cgi_text({204, "", {{"Allow", "GET"}}}, request("OPTIONS"));
  BOOST_TEST(text.find("Content-Length") == std::string::npos);
  BOOST_TEST(text.starts_with("Status: 204 No Content\r\n"));
  BOOST_TEST(text.ends_with("Allow: GET\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(every_status_has_its_reason) {
  const struct {
    HttpStatus status;
    const char* reason;
  } reasons[] = {
      {200, "OK"},
      {202, "Accepted"},
      {204, "No Content"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {409, "Conflict"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {503, "Service Unavailable"},
  };
  for (const auto& [status, reason] : reasons) {
    BOOST_TEST(to_cgi_text({status, ""}, request("GET"))
                   .starts_with("Status: " + std::to_string(status) + ' ' + reason + "\r\n"));
  }
}

BOOST_AUTO_TEST_CASE(a_request_without_an_id_gets_a_random_one) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    HttpRequest r;
    give_id_if_missing(r);
    BOOST_TEST(r.request_id.size() == 32);
    BOOST_TEST(r.request_id.find_first_not_of("0123456789abcdef") == std::string::npos);
    ids.insert(r.request_id);
  }
  BOOST_TEST(ids.size() == 100);
}

BOOST_AUTO_TEST_CASE(an_id_of_1_to_128_visible_characters_is_kept_and_another_replaced) {
  std::string visible;
  for (char c = '!'; c <= '~'; ++c) {
    visible += c;
  }
  const std::pair<std::string, bool> ids[] = {
      {"id-1", true},
      {"x", true},
      {visible, true},
      {std::string(128, 'x'), true},
      {std::string(129, 'x'), false},
      {std::string(300'000, 'x'), false},
      {"id 1", false},
      {" id", false},
      {"id\t", false},
      {"id\r\nSet-Cookie: a=b\r\n\r\n<html>", false},
      {"id\n", false},
      {std::string("id\0", 3), false},
      {"id\x7f", false},
      {"caf\xc3\xa9", false},
      {"\xff", false},
  };
  for (const auto& [id, kept] : ids) {
    HttpRequest r;
    r.request_id = id;
    give_id_if_missing(r);
    BOOST_TEST((r.request_id == id) == kept, id.substr(0, 40));
    BOOST_TEST((kept || r.request_id.size() == 32), id.substr(0, 40));
  }
}

BOOST_AUTO_TEST_CASE(meta_variables_fill_the_request_and_others_are_ignored) {
  HttpRequest r;
  const std::pair<const char*, std::string HttpRequest::*> variables[] = {
      {"REQUEST_METHOD", &HttpRequest::method},
      {"REQUEST_URI", &HttpRequest::uri},
      {"CONTENT_TYPE", &HttpRequest::content_type},
      {"CONTENT_LENGTH", &HttpRequest::content_length},
      {"HTTP_CONTENT_ENCODING", &HttpRequest::content_encoding},
      {"REMOTE_ADDR", &HttpRequest::remote_address},
      {"REQUEST_ID", &HttpRequest::request_id},
  };
  for (const auto& [name, field] : variables) {
    set_from_meta_variable(r, name, name);
  }
  // What a client sends comes as HTTP_*, and must not be taken for the web server's word.
  for (const char* name :
       {"HTTP_REQUEST_METHOD", "HTTP_REQUEST_URI", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH",
        "HTTP_REMOTE_ADDR", "HTTP_REQUEST_ID", "HTTP_X_REQUEST_ID", "request_method",
        "REQUEST_URI ", "", "PATH_INFO"}) {
    set_from_meta_variable(r, name, "forged");
  }
  for (const auto& [name, field] : variables) {
    BOOST_TEST((r.*field == name), name);
  }
}

BOOST_AUTO_TEST_CASE(a_header_that_comes_again_adds_to_a_list) {
  HttpRequest r;
  for (const char* encoding : {"gzip", "identity", "br"}) {
    set_from_meta_variable(r, "HTTP_CONTENT_ENCODING", encoding);
  }
  BOOST_TEST(r.content_encoding == "gzip, identity, br");
}

BOOST_AUTO_TEST_CASE(of_what_the_front_end_says_twice_the_last_counts) {
  // nginx sends each fastcgi_param, those of an included fastcgi_params beside the site's own.
  const std::pair<const char*, std::string HttpRequest::*> variables[] = {
      {"REQUEST_METHOD", &HttpRequest::method},
      {"REQUEST_URI", &HttpRequest::uri},
      {"CONTENT_TYPE", &HttpRequest::content_type},
      {"CONTENT_LENGTH", &HttpRequest::content_length},
      {"REMOTE_ADDR", &HttpRequest::remote_address},
      {"REQUEST_ID", &HttpRequest::request_id},
  };
  for (const auto& [name, field] : variables) {
    HttpRequest r;
    for (const char* value : {"one", "two", "three"}) {
      set_from_meta_variable(r, name, value);
    }
    BOOST_TEST((r.*field == "three"), name);
  }
}

BOOST_AUTO_TEST_CASE(only_what_fills_the_request_is_a_meta_variable) {
  BOOST_TEST(is_meta_variable("REQUEST_METHOD"));
  BOOST_TEST(is_meta_variable("HTTP_CONTENT_ENCODING"));
  for (const char* name : {"", "HTTP_COOKIE", "HTTP_REQUEST_ID", "request_method"}) {
    BOOST_TEST(!is_meta_variable(name), name);
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_left_of_a_request_that_is_cleared) {
  const std::string large(1000, 'x');
  for (const std::string& text : {std::string("a"), large}) {
    HttpRequest r{text, text, text, text, text, text, text, text, Cut::BODY, 1};
    r.clear();
    std::size_t kept_bytes = 0;
    for (const std::string* field :
         {&r.method, &r.uri, &r.content_type, &r.content_length, &r.content_encoding,
          &r.remote_address, &r.request_id, &r.body}) {
      BOOST_TEST(*field == "");
      kept_bytes += field->capacity();
    }
    BOOST_TEST(kept_bytes < large.size());
    BOOST_TEST((r.cut == Cut::NOTHING));
    BOOST_TEST(r.held_bytes == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
