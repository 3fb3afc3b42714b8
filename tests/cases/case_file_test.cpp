// The parser of the case files itself: a case that is misread would pass for the wrong reason.

#include "tests/support/case_file.h"

#include <boost/test/unit_test.hpp>
#include <utility>

namespace payhook::test {

namespace {

CaseFile parsed(std::string_view text) { return parse_case(text, "/cases/example.case"); }

std::string refusal(std::string_view text) {
  try {
    parsed(text);
  } catch (const CaseFileError& e) {
    return e.what();
  }
  return "parsed";
}

const Response k_health{200,
                        {{"content-type", "application/json"},
                         {"Cache-Control", "no-store"},
                         {"X-Content-Type-Options", "nosniff"},
                         {"X-Request-Id", "1"}},
                        R"({"t": "2025-11-08T14:30:00Z"})"};

CaseExchange expecting(const std::string& answer) {
  return parsed("# It.\nGET /\n---\n" + answer).exchanges.front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(case_file)

BOOST_AUTO_TEST_CASE(a_file_has_a_sentence_directives_and_exchanges) {
  const CaseFile file = parsed(
      "# It works.\n# Really.\n#: config a = 1\n#: config b = 2\n#: only nginx - because\n"
      "\n# The first.\nPOST /a?b\nContent-Type: x\nEmpty:\n\nbody\n\n---\n202\nAny: {{any}}\n"
      "!Absent\nExact: a: b\n\nanswer\n===\nGET /\n---\n204\n");
  BOOST_TEST(file.name == "example");
  BOOST_TEST(file.sentence == "It works.");
  BOOST_TEST(file.config == "a = 1\nb = 2\n");
  BOOST_TEST(file.runs_in(CaseFile::Runner::NGINX));
  BOOST_TEST(!file.runs_in(CaseFile::Runner::IN_PROCESS));
  BOOST_REQUIRE(file.exchanges.size() == 2);

  const CaseExchange& first = file.exchanges[0];
  BOOST_TEST(first.line == 8);
  BOOST_TEST(first.comment == "The first.");
  BOOST_TEST(first.method == "POST");
  BOOST_TEST(first.target == "/a?b");
  BOOST_REQUIRE(first.headers.size() == 2);
  BOOST_TEST(first.headers[0].name == "Content-Type");
  BOOST_TEST(first.headers[0].value == "x");
  BOOST_TEST(first.headers[1].value == "");
  BOOST_TEST(first.body == "body\n");
  BOOST_TEST(first.status == 202);
  BOOST_REQUIRE(first.expected_headers.size() == 3);
  BOOST_TEST((first.expected_headers[0].rule == ExpectedHeader::Rule::ANY_VALUE));
  BOOST_TEST((first.expected_headers[1].rule == ExpectedHeader::Rule::ABSENT));
  BOOST_TEST(first.expected_headers[2].value == "a: b");
  BOOST_TEST(first.expected_body.text() == "answer");

  BOOST_TEST(file.exchanges[1].body == "");
  BOOST_TEST(file.exchanges[1].expected_body.text() == "");
}

BOOST_AUTO_TEST_CASE(a_table_repeats_what_stands_above_it_with_each_of_its_rows) {
  const CaseFile file = parsed(
      "# It.\n\n# About all.\nPOST /{{row}}\nType: {{type}}\n\n{{body}}\n---\n{{status}}\n===\n"
      "GET /{{row}}\n---\n200\n\n{{body}}\n=== each\ntype | status | body\n"
      "a/b  | 202    | {{repeat:2:xy}}\n# Without a type.\n| 415 |\n===\n"
      "# By itself.\nGET /\n---\n200\n=== each\nname\nunused\n===\nGET /last\n---\n204\n");
  const struct {
    std::size_t line;
    const char* target;
    const char* type;
    const char* body;
    int status;
    const char* expected_body;
    const char* comment;
  } exchanges[] = {
      {18, "/1", "a/b", "xyxy", 202, "", "About all."},
      {18, "/1", nullptr, "", 200, "xyxy", ""},
      {20, "/2", "", "", 415, "", "About all. Without a type."},
      {20, "/2", nullptr, "", 200, "", "Without a type."},
      {28, "/", nullptr, "", 200, "", "By itself."},
      {30, "/last", nullptr, "", 204, "", ""},
  };
  BOOST_REQUIRE(file.exchanges.size() == std::size(exchanges));
  for (std::size_t i = 0; i < std::size(exchanges); ++i) {
    const CaseExchange& exchange = file.exchanges[i];
    BOOST_TEST_CONTEXT(i) {
      BOOST_TEST(exchange.line == exchanges[i].line);
      BOOST_TEST(exchange.target == exchanges[i].target);
      BOOST_TEST(exchange.headers.size() == (exchanges[i].type == nullptr ? 0U : 1U));
      BOOST_TEST((exchange.headers.empty() || exchange.headers[0].value == exchanges[i].type));
      BOOST_TEST(exchange.body == exchanges[i].body);
      BOOST_TEST(exchange.status == exchanges[i].status);
      BOOST_TEST(exchange.expected_body.text() == exchanges[i].expected_body);
      BOOST_TEST(exchange.comment == exchanges[i].comment);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_table_that_does_not_fit_is_refused_with_its_line) {
  const std::string above = "# It.\nGET /{{a}}\n---\n200\n=== each\n";
  BOOST_TEST(refusal(above + "a | b\n1\n") ==
             "/cases/example.case:7: 1 cells, and the table has 2 columns");
  BOOST_TEST(refusal(above + "a\n1\n\n===\n").starts_with("/cases/example.case:8: an empty cell"));
  BOOST_TEST(refusal(above + "a\n") == "/cases/example.case:7: expected a row of the table");
  BOOST_TEST(refusal(above) == "/cases/example.case:6: expected the names of the table's columns");
  BOOST_TEST(refusal(above + "b\n1\n").starts_with("/cases/example.case:2: unknown macro {{a}}"));
}

BOOST_AUTO_TEST_CASE(macros_stand_for_bytes_and_nest) {
  const CaseExchange exchange = parsed(
                                    "# It.\nPOST /{{repeat:3:ab}}\nName: {{hex:41 42}}\n\n"
                                    "<{{repeat:2:{{hex:7D}}}}>{{hex:00FF}}{{repeat:2:[}}"
                                    "{{repeat:0:x}}{{repeat:1:}}}\n---\n200\n\n{{repeat:2:y}}")
                                    .exchanges.front();
  BOOST_TEST(exchange.target == "/ababab");
  BOOST_TEST(exchange.headers[0].value == "AB");
  BOOST_TEST((exchange.body == std::string("<}}>\0\xff[[}", 9)));
  BOOST_TEST(exchange.expected_body.text() == "yy");
}

BOOST_AUTO_TEST_CASE(an_error_names_file_and_line) {
  const std::pair<const char*, const char*> refusals[] = {
      {"", "/cases/example.case:1: the first line must be"},
      {"GET /\n", "/cases/example.case:1: the first line must be"},
      {"# It.\n", "/cases/example.case:2: expected a request line"},
      {"# It.\n#: wrong\n", "/cases/example.case:2: unknown directive"},
      {"# It.\n#: only nginx\n", "/cases/example.case:2: say why"},
      {"# It.\n#: only nginx - \n", "/cases/example.case:2: say why"},
      {"# It.\n#: only apache - why\n", "/cases/example.case:2: a case runs"},
      {"# It.\nGET\n", "/cases/example.case:2: expected a request line"},
      {"# It.\nGET / HTTP/1.1\n", "/cases/example.case:2: a request target holds no space"},
      {"# It.\nGET /\nheader\n", "/cases/example.case:3: expected a header"},
      {"# It.\nGET /\n\nbody\n", "/cases/example.case:5: expected ---"},
      {"# It.\nGET /\n===\n", "/cases/example.case:3: expected ---"},
      {"# It.\nGET /\n---\nOK\n", "/cases/example.case:4: expected a status"},
      {"# It.\nGET /\n---\n2000\n", "/cases/example.case:4: expected a status"},
      {"# It.\nGET /\n---\n200\n\nbody\n---\n", "/cases/example.case:7: expected ==="},
      {"# It.\nGET /\n---\n200\n===\n", "/cases/example.case:6: expected a request line"},
      {"# It.\nGET /\n---\n200\n===\n#: only nginx - why\n",
       "/cases/example.case:6: directives stand at the top"},
      {"# It.\nGET /{{nothing}}\n", "/cases/example.case:2: unknown macro {{nothing}}"},
      {"# It.\nGET /{{time}}\n", "/cases/example.case:2: unknown macro {{time}}"},
      {"# It.\nGET /{{repeat:3:a\n", "/cases/example.case:2: a {{ without its }}"},
      {"# It.\nGET /{{repeat:x}}\n", "/cases/example.case:2: expected {{repeat:N:text}}"},
      {"# It.\nGET /{{hex:0}}\n", "/cases/example.case:2: expected {{hex:"},
  };
  for (const auto& [text, beginning] : refusals) {
    BOOST_TEST(refusal(text).starts_with(beginning), text << "\ngave: " << refusal(text));
  }
}

BOOST_AUTO_TEST_CASE(an_answer_as_expected_makes_no_difference) {
  BOOST_TEST(difference(expecting("200\nContent-type: application/json\nX-Request-Id: {{any}}\n"
                                  "!Allow\n\n{\"t\": \"{{time}}\"}"),
                        k_health) == "");
}

BOOST_AUTO_TEST_CASE(every_difference_is_told) {
  const std::string body = "\n\n{\"t\": \"{{time}}\"}";
  BOOST_TEST(difference(expecting("201" + body), k_health) ==
             "status: expected 201, received 200\n");
  BOOST_TEST(difference(expecting("200\nCache-Control: public" + body), k_health) ==
             "header Cache-Control: expected \"public\", received \"no-store\"\n");
  BOOST_TEST(difference(expecting("200\nAllow: {{any}}" + body), k_health) ==
             "header Allow: expected once, received 0 times\n");
  BOOST_TEST(difference(expecting("200\n!X-Request-Id" + body), k_health) ==
             "header X-Request-Id: expected none, received \"1\"\n");
  BOOST_TEST(difference(expecting("200\n\n{\"u\": \"{{time}}\"}"), k_health) ==
             "body: differs at byte 2\n  expected: {\"u\": \"{{time}}\"}\n"
             "  received: {\"t\": \"2025-11-08T14:30:00Z\"}\n");
}

BOOST_AUTO_TEST_CASE(bodies_are_compared_to_their_ends) {
  for (const char* expected :
       {"{\"t\": \"{{time}}\"", "{\"t\": \"{{time}}\"} ", "{\"t\": \"{{time}}\"}\n", "{{time}}", "",
        "{\"t\": {{time}}}", "{\"t\": \"2025-11-08T14:30:01Z\"}"}) {
    BOOST_TEST(difference(expecting(std::string("200\n\n") + expected + "\n"), k_health) != "",
               expected);
  }
}

BOOST_AUTO_TEST_CASE(a_time_is_rfc_3339_in_whole_seconds_utc) {
  for (const char* time : {"2025-11-08 14:30:00Z", "2025-11-08T14:30:00", "2025-11-08T14:30:00.0Z",
                           "2025-11-08T14:30:00+00:00", "25-11-08T14:30:00Z", ""}) {
    Response response = k_health;
    response.body = std::string("{\"t\": \"") + time + "\"}";
    BOOST_TEST(difference(expecting("200\n\n{\"t\": \"{{time}}\"}"), response) != "", time);
  }
}

BOOST_AUTO_TEST_CASE(the_headers_that_every_answer_carries_are_expected_without_being_written) {
  const CaseExchange exchange = expecting("200\n\n{\"t\": \"{{time}}\"}");
  for (std::size_t i = 0; i < k_health.headers.size(); ++i) {
    Response response = k_health;
    response.headers.erase(response.headers.begin() + static_cast<std::ptrdiff_t>(i));
    BOOST_TEST(difference(exchange, response) != "", k_health.headers[i].name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
