#include "tests/support/cgi_text.h"

#include <charconv>

namespace payhook::test {

namespace {

[[noreturn]] void fail(std::string_view text) {
  throw std::runtime_error("not a CGI program's answer: " + std::string(text));
}

Header parse_header(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == 0 || colon == std::string_view::npos || line.find_first_of("\r\n") != line.npos) {
    fail(line);
  }
  return {std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))};
}

int parse_status(const Header& header) {
  int status = 0;
  const std::string& text = header.value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  // A reason follows: nginx passes it on.
  if (header.name != "Status" || error != std::errc{} || end != text.data() + 3 ||
      text.size() < 5 || text[3] != ' ') {
    fail(header.name + ": " + text);
  }
  return status;
}

}  // namespace

Response parse_cgi_text(std::string_view text) {
  Response response;
  for (bool first = true;; first = false) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) {
      fail(text);
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) {
      response.body = text;
      return response;
    }
    Header header = parse_header(line);
    if (first) {
      response.status = parse_status(header);
    } else {
      response.headers.push_back(std::move(header));
    }
  }
}

}  // namespace payhook::test
