#include "fcgi/request_scanner.h"

#include <boost/test/unit_test.hpp>
#include <utility>

#include "tests/support/fastcgi_peer.h"

namespace payhook::test {

namespace {

using State = RequestScanner::State;

constexpr std::size_t k_limit = 1000;

RequestScanner a_scanner() { return {k_limit, RequestScanner::Body::KEEP}; }

State scanned(std::string_view bytes) { return a_scanner().scan(bytes); }

bool is_complete(std::string_view bytes) { return scanned(bytes) == State::COMPLETE; }
bool is_malformed(std::string_view bytes) { return scanned(bytes) == State::MALFORMED; }

/// A small request whose pieces a test can replace.
struct Pieces {
  std::string begin = begin_request(7);
  std::string params = record(k_params, 7, name_value("REQUEST_URI", "/"));
  std::string params_end = record(k_params, 7, "");
  std::string body = record(k_stdin, 7, "{}");
  std::string body_end = record(k_stdin, 7, "");

  std::string bytes() const { return begin + params + params_end + body + body_end; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(request_scanner)

BOOST_AUTO_TEST_CASE(a_request_is_complete_with_its_last_byte_and_not_before) {
  const std::string bytes = webhook_request("scanner_1").bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    BOOST_TEST((scanned(std::string_view(bytes).substr(0, size)) == State::INCOMPLETE), size);
  }
  BOOST_TEST(is_complete(bytes));
}

BOOST_AUTO_TEST_CASE(a_request_may_arrive_in_two_pieces_split_anywhere) {
  const std::string bytes = webhook_request("scanner_1").bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    RequestScanner scanner = a_scanner();
    BOOST_TEST((scanner.scan(std::string_view(bytes).substr(0, size)) == State::INCOMPLETE), size);
    BOOST_TEST((scanner.scan(std::string_view(bytes).substr(size)) == State::COMPLETE), size);
  }
}

BOOST_AUTO_TEST_CASE(a_request_may_arrive_byte_by_byte_in_many_records_with_padding) {
  for (const int padding : {0, 1, 7, 255}) {
    FastCgiRequest request = webhook_request("scanner_1");
    request.bytes_of_a_record = 3;
    request.padding = static_cast<std::uint8_t>(padding);
    const std::string bytes = request.bytes();
    RequestScanner scanner = a_scanner();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const State expected = i + 1 < bytes.size() ? State::INCOMPLETE : State::COMPLETE;
      BOOST_TEST((scanner.scan(std::string_view(bytes).substr(i, 1)) == expected), i);
    }
    BOOST_TEST(scanner.body_bytes() == request.body.size());
    BOOST_TEST(scanner.take_body() == request.body);
  }
}

BOOST_AUTO_TEST_CASE(a_request_without_parameters_and_without_a_body_is_complete) {
  Pieces pieces;
  pieces.params = "";
  pieces.body = "";
  BOOST_TEST(is_complete(pieces.bytes()));
}

BOOST_AUTO_TEST_CASE(what_follows_a_request_before_its_answer_is_malformed) {
  const std::string bytes = Pieces().bytes();
  BOOST_TEST(is_malformed(bytes + bytes));
  for (int byte = 0; byte < 256; ++byte) {
    BOOST_TEST(is_malformed(bytes + static_cast<char>(byte)), byte);
  }
}

BOOST_AUTO_TEST_CASE(every_record_is_of_version_1) {
  for (const int version : {0, 2, 255}) {
    const auto v = static_cast<std::uint8_t>(version);
    Pieces begin;
    begin.begin[0] = static_cast<char>(version);
    BOOST_TEST(is_malformed(begin.bytes()));
    Pieces params;
    params.params_end = record(k_params, 7, "", 0, v);
    BOOST_TEST(is_malformed(params.bytes()));
    Pieces body;
    body.body = record(k_stdin, 7, "{}", 0, v);
    BOOST_TEST(is_malformed(body.bytes()));
  }
}

BOOST_AUTO_TEST_CASE(a_request_begins_for_a_responder_under_an_id) {
  const std::string responder(
      "\0\1\1\0\0\0\0\0"
      "\0",
      9);
  for (const std::string& begin :
       {begin_request(0), begin_request(7, AfterAnswer::KEEP, 0),
        begin_request(7, AfterAnswer::KEEP, 2), begin_request(7, AfterAnswer::KEEP, 3),
        begin_request(7, AfterAnswer::KEEP, 0x101), record(k_begin_request, 7, ""),
        record(k_begin_request, 7, responder.substr(0, 7)), record(k_begin_request, 7, responder),
        record(k_params, 7, ""), record(k_stdin, 7, ""), record(k_abort_request, 7, ""),
        record(k_get_values, 0, name_value("FCGI_MAX_CONNS", ""))}) {
    Pieces pieces;
    pieces.begin = begin;
    BOOST_TEST(is_malformed(pieces.bytes()));
  }
}

BOOST_AUTO_TEST_CASE(the_record_that_begins_a_request_has_no_padding) {
  // libfcgi would take it for the next record.
  Pieces pieces;
  pieces.begin = record(k_begin_request, 7, std::string("\0\1\1\0\0\0\0\0", 8), 8);
  BOOST_TEST(is_malformed(pieces.bytes()));
}

BOOST_AUTO_TEST_CASE(the_records_of_a_request_come_in_their_order_under_its_id) {
  const Pieces good;
  for (const std::string& wrong :
       {begin_request(7), begin_request(8), record(k_abort_request, 7, ""),
        record(k_end_request, 7, "12345678"), record(k_stdout, 7, "x"), record(k_data, 7, "x"),
        record(k_get_values, 0, ""), record(11, 0, "12345678"), record(0, 7, ""),
        record(255, 7, "")}) {
    BOOST_TEST(is_malformed(good.begin + wrong));
    BOOST_TEST(is_malformed(good.begin + good.params + wrong));
    BOOST_TEST(is_malformed(good.begin + good.params + good.params_end + wrong));
    BOOST_TEST(is_malformed(good.begin + good.params + good.params_end + good.body + wrong));
  }
  for (const std::uint16_t id : std::initializer_list<std::uint16_t>{0, 8, 7 << 8, 0x107}) {
    BOOST_TEST(is_malformed(good.begin + record(k_params, id, "")));
    BOOST_TEST(is_malformed(good.begin + good.params + record(k_params, id, "")));
    BOOST_TEST(is_malformed(good.begin + good.params_end + record(k_stdin, id, "")));
  }
  BOOST_TEST(is_malformed(good.begin + good.params + good.body));
  BOOST_TEST(is_malformed(good.begin + good.params_end + good.params));
  BOOST_TEST(is_malformed(good.begin + good.params_end + good.body + good.params_end));
}

BOOST_AUTO_TEST_CASE(parameters_are_texts) {
  const std::pair<std::string, std::string> wrong[] = {
      {std::string("HTTP_X\0", 7), "1"},
      {"HTTP_X", std::string("\0", 1) + std::string(1000, 'x')},
      {"REQUEST_METHOD=GET", ""},
      {"=", "1"}};
  for (const auto& parameter : wrong) {
    FastCgiRequest request = get_request("/");
    request.parameters.push_back(parameter);
    BOOST_TEST(is_malformed(request.bytes()));
  }
}

BOOST_AUTO_TEST_CASE(the_empty_record_that_ends_a_stream_has_no_padding) {
  Pieces params;
  params.params_end = record(k_params, 7, "", 8);
  BOOST_TEST(is_malformed(params.bytes()));
  Pieces body;
  body.body_end = record(k_stdin, 7, "", 1);
  BOOST_TEST(is_malformed(body.bytes()));
}

BOOST_AUTO_TEST_CASE(parameters_are_bounded_however_they_are_cut_into_records) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, std::size_t{65535}}) {
    FastCgiRequest request = get_request("/");
    request.bytes_of_a_record = size;
    request.parameters = {{"HTTP_X", std::string(100'000, 'x')}};
    BOOST_TEST(is_complete(request.bytes()));
    request.parameters = {{"HTTP_X", std::string(std::size_t{128} << 10, 'x')}};
    BOOST_TEST((scanned(request.bytes()) == State::PARAMETERS_TOO_LARGE));
  }
}

BOOST_AUTO_TEST_CASE(parameters_without_an_end_are_too_large) {
  RequestScanner scanner = a_scanner();
  State state = scanner.scan(begin_request(7));
  for (int i = 0; i < 1000 && state == State::INCOMPLETE; ++i) {
    state = scanner.scan(record(k_params, 7, std::string(1000, 'x')));
  }
  BOOST_TEST((state == State::PARAMETERS_TOO_LARGE));
}

BOOST_AUTO_TEST_CASE(before_the_parameters_it_holds_nothing) {
  RequestScanner scanner = a_scanner();
  BOOST_TEST(scanner.held_bytes() == 0);
  scanner.scan(begin_request(7));
  BOOST_TEST(scanner.held_bytes() == 0);
}

BOOST_AUTO_TEST_CASE(what_it_holds_is_what_was_sent_however_it_was_cut_into_records) {
  FastCgiRequest request = post_request(std::string(k_limit, 'x'));
  request.parameters.emplace_back("HTTP_X", std::string(1000, 'x'));
  request.bytes_of_a_record = 1;
  request.padding = 255;
  RequestScanner scanner = a_scanner();
  BOOST_TEST((scanner.scan(request.bytes()) == State::COMPLETE));
  BOOST_TEST(scanner.held_bytes() > k_limit + 1000);
  BOOST_TEST(scanner.held_bytes() < 2 * (k_limit + 1000) + 1000);
}

BOOST_AUTO_TEST_CASE(a_body_takes_the_room_that_is_announced_for_it_and_no_more_than_its_limit) {
  const std::pair<std::string, std::size_t> announced[] = {
      {"900", 900}, {"1000", 1000}, {"9999999999999999999999", 0}, {"1000000", 1000}, {"x", 0}};
  for (const auto& [text, room] : announced) {
    FastCgiRequest request = post_request("");
    request.parameters[3].second = text;
    RequestScanner scanner = a_scanner();
    const State state = scanner.scan(begin_request(1) + request.params_stream());
    BOOST_TEST((state == State::INCOMPLETE));
    const std::size_t parameters = request.params_stream().size();
    BOOST_TEST(scanner.held_bytes() >= room, text);
    BOOST_TEST(scanner.held_bytes() <= room + 2 * parameters, text);
  }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_to_be_skipped_is_counted_and_not_held) {
  RequestScanner scanner(k_limit, RequestScanner::Body::SKIP);
  const FastCgiRequest request = post_request(std::string(k_limit, 'x'));
  BOOST_TEST((scanner.scan(request.bytes()) == State::COMPLETE));
  BOOST_TEST(scanner.body_bytes() == k_limit);
  BOOST_TEST(scanner.held_bytes() < k_limit);
}

BOOST_AUTO_TEST_CASE(a_body_of_the_limit_is_complete_and_one_byte_more_is_too_large) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{999}, std::size_t{65535}}) {
    FastCgiRequest request = post_request(std::string(k_limit, 'x'));
    request.bytes_of_a_record = size;
    BOOST_TEST(is_complete(request.bytes()));
    request.body += 'x';
    BOOST_TEST((scanned(request.bytes()) == State::BODY_TOO_LARGE));
  }
}

BOOST_AUTO_TEST_CASE(a_body_too_large_is_told_before_its_end) {
  const FastCgiRequest request = post_request("");
  const std::string half = record(k_stdin, request.id, std::string(k_limit / 2 + 1, 'x'));
  RequestScanner scanner = a_scanner();
  BOOST_TEST((scanner.scan(begin_request(request.id) + request.params_stream() + half) ==
              State::INCOMPLETE));
  BOOST_TEST((scanner.scan(half.substr(0, 8)) == State::BODY_TOO_LARGE));
}

BOOST_AUTO_TEST_CASE(what_is_given_to_libfcgi_is_whole_wherever_the_request_was_cut) {
  FastCgiRequest request = post_request(std::string(k_limit, 'x'));
  request.id = 0x1234;
  request.parameters.emplace_back("HTTP_X", std::string(1000, 'x'));
  request.bytes_of_a_record = 100;
  const std::string bytes = request.bytes();
  for (std::size_t size = 16; size < bytes.size(); ++size) {
    RequestScanner scanner = a_scanner();
    BOOST_TEST((scanner.scan(std::string_view(bytes).substr(0, size)) == State::INCOMPLETE));
    BOOST_REQUIRE(is_complete(scanner.request_without_body()));
  }
}

BOOST_AUTO_TEST_CASE(what_is_given_to_libfcgi_are_the_parameters_that_are_read) {
  FastCgiRequest request = post_request("{}");
  request.id = 0x1234;
  request.parameters.emplace_back("HTTP_X", std::string(1000, '='));
  const auto read = request.parameters;
  request.parameters.insert(request.parameters.begin(), {{"SERVER_NAME", "x"}, {"", ""}});
  request.parameters.emplace_back("DOCUMENT_ROOT", std::string(1000, '/'));
  request.bytes_of_a_record = 7;
  RequestScanner scanner = a_scanner();
  BOOST_TEST((scanner.scan(request.bytes()) == State::COMPLETE));
  FastCgiRequest expected;
  expected.id = request.id;
  expected.parameters = read;
  BOOST_TEST(scanner.request_without_body() == expected.bytes());
}

BOOST_AUTO_TEST_CASE(after_a_reset_the_next_request_is_scanned) {
  RequestScanner scanner = a_scanner();
  const std::string large = post_request(std::string(k_limit + 1, 'x')).bytes();
  BOOST_TEST((scanner.scan(large) == State::BODY_TOO_LARGE));
  scanner.reset(k_limit);
  FastCgiRequest next = webhook_request("scanner_1");
  next.id = 2;
  BOOST_TEST((scanner.scan(next.bytes()) == State::COMPLETE));
  BOOST_TEST(scanner.take_body() == next.body);
  scanner.reset(k_limit + 1);
  BOOST_TEST((scanner.scan("") == State::INCOMPLETE));
  BOOST_TEST((scanner.scan(large) == State::COMPLETE));
}

BOOST_AUTO_TEST_CASE(what_is_no_fastcgi_is_malformed_as_soon_as_a_header_is_there) {
  for (const char* text : {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\x01\x01\x01\xfc", "SSH-2.0-",
                           "12345678901234567890"}) {
    BOOST_TEST(is_malformed(text), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
