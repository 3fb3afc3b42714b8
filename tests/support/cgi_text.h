#pragma once

#include <string_view>

#include "tests/support/case_file.h"

namespace payhook::test {

/// Reads what a CGI program writes: "Status: 200 OK", headers, an empty line, the body; every line
/// ends in CR LF. Throws std::runtime_error for anything else.
Response parse_cgi_text(std::string_view text);

}  // namespace payhook::test
