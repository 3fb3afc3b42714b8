#include "api/http.h"

#include <boost/test/unit_test.hpp>
#include <set>

namespace payhook::test {

namespace {

/// Any request of that method with the id id-1.
HttpRequest request(const std::string& method) {
  static const char* const k_of_head[] = {"REQUEST_METHOD=HEAD", nullptr};
  HttpRequest request;
  if (method == "HEAD") {
    request.variables = MetaVariables(k_of_head);
  }
  request.id = "id-1";
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

BOOST_AUTO_TEST_CASE(an_answer_has_its_own_content_type) {
  const HttpResponse response{.body = "a 1\n", .content_type = "text/plain; version=0.0.4"};
  BOOST_TEST(to_cgi_text(response, request("GET"))
                 .starts_with("Status: 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"));
}

BOOST_AUTO_TEST_CASE(a_request_without_an_id_gets_a_random_one) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    HttpRequest r;
    give_id(r);
    BOOST_TEST(r.id.size() == 32);
    BOOST_TEST(r.id.find_first_not_of("0123456789abcdef") == std::string::npos);
    ids.insert(r.id);
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
      {"id\x7f", false},
      {"caf\xc3\xa9", false},
      {"\xff", false},
  };
  for (const auto& [id, kept] : ids) {
    const std::string variable = "REQUEST_ID=" + id;
    const char* const variables[] = {variable.c_str(), nullptr};
    HttpRequest r;
    r.variables = MetaVariables(variables);
    give_id(r);
    BOOST_TEST((r.id == id) == kept, id.substr(0, 40));
    BOOST_TEST((kept || r.id.size() == 32), id.substr(0, 40));
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_left_of_a_request_that_is_cleared) {
  const std::string large(1000, 'x');
  const char* const variables[] = {"REQUEST_METHOD=GET", nullptr};
  for (const std::string& text : {std::string("a"), large}) {
    HttpRequest r{MetaVariables(variables), text, text, Cut::BODY, 1};
    r.clear();
    BOOST_TEST(r.method() == "");
    BOOST_TEST(r.id == "");
    BOOST_TEST(r.body == "");
    BOOST_TEST(r.id.capacity() + r.body.capacity() < large.size());
    BOOST_TEST((r.cut == Cut::NOTHING));
    BOOST_TEST(r.held_bytes == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
