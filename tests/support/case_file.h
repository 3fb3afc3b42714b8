#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace payhook::test {

/// A case file that does not keep the format. what() begins with "file:line: ".
class CaseFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Header {
  std::string name;
  std::string value;
};

/// What was received for a request, by whatever way it went.
struct Response {
  int status = 0;
  std::vector<Header> headers;
  std::string body;
};

struct ExpectedHeader {
  enum class Rule { EXACTLY, ANY_VALUE, ABSENT };

  std::string name;
  Rule rule = Rule::EXACTLY;
  std::string value;  ///< for EXACTLY
};

/// A body to be compared byte for byte, but for the places where a time stands.
class ExpectedBody {
 public:
  ExpectedBody() = default;

  /// `literals` are the texts before, between and after the times.
  explicit ExpectedBody(std::vector<std::string> literals) : m_literals(std::move(literals)) {}

  /// Where `body` ceases to be what is expected; npos when it is all of it and nothing else.
  std::size_t mismatch(std::string_view body) const;

  /// The expected text, "{{time}}" standing for each time.
  std::string text() const;

 private:
  std::vector<std::string> m_literals{""};
};

/// A request and the answer it must get.
struct CaseExchange {
  std::size_t line = 0;  ///< of the request line
  std::string comment;   ///< what stands above the request, if anything does
  std::string method;
  std::string target;
  std::vector<Header> headers;  ///< as written: runners add Content-Length and Host themselves
  std::string body;

  int status = 0;
  std::vector<ExpectedHeader> expected_headers;
  ExpectedBody expected_body;

  bool has_header(std::string_view name) const;

  /// Whether the request is sent with a Content-Length that the file does not spell out.
  bool needs_content_length() const;
};

/// HTTP behaviour as a readable file: requests and the answers they must get, in their order.
///
///     # The first line is the sentence that the file shows. Further ones may follow.
///     #: config responder.conflicting_duplicate = "reject"
///     #: only in-process - nginx answers this itself
///     POST /v1/webhooks/transactions
///     Content-Type: application/json
///
///     {"transaction_id": "{{repeat:255:x}}"}
///     ---
///     400
///     X-Request-Id: {{any}}
///     !Retry-After
///
///     {"message": "Missing required fields"}
///     ===
///     # What the next exchange is about.
///     GET /
///     ---
///     200
///
///     {"status": "HEALTHY", "current_time": "{{time}}"}
///
///     ===
///     GET /v1/transactions/{{id}}
///     ---
///     404
///
///     {"message": "Transaction not found"}
///     === each
///     id
///     %00
///     # What the next rows are about.
///     {{repeat:256:x}}
///
/// - A table stands below exchanges, and repeats all those above it, up to the table before, with
///   each of its rows. Its first line names the columns, with | between them: {{column}} is a cell,
///   without spaces around it, and {{row}} the row's number. A line that begins with "# " is a
///   comment, === or the end of the file ends the table, and what follows the last one happens
///   once.
/// - The newline before ---, === and the end of the file is no part of a body.
/// - Expected headers are a subset; a name after ! must be absent. The headers that every answer
///   carries (API.md) are expected of every exchange, without being written; only a 204 needs no
///   Content-Type.
/// - {{secret:text}}, in a config line, is the path of a file that has this secret.
/// - Macros: {{repeat:N:text}} and {{hex:EF BB BF}} in request targets, header values and bodies,
///   also one within the other. {{time}}, in an expected body, is an RFC 3339 time in whole seconds
///   UTC; {{any}}, as an expected header's value, is any value.
/// - "only in-process" and "only nginx" need their reason.
struct CaseFile {
  enum class Runner { IN_PROCESS, NGINX };

  std::filesystem::path path;
  std::string name;      ///< the file's, without .case
  std::string sentence;  ///< its first line
  std::string config;    ///< lines of TOML to run with
  std::optional<Runner> only;
  std::vector<CaseExchange> exchanges;

  bool runs_in(Runner runner) const { return !only || *only == runner; }
};

/// What `file` is configured with, its secrets in files that this makes in `directory`.
std::string config_of(const CaseFile& file, const std::filesystem::path& directory);

/// Parses a case file's text. Throws CaseFileError, naming `path` and the line.
CaseFile parse_case(std::string_view text, const std::filesystem::path& path);

/// Throws CaseFileError also when the file cannot be read.
CaseFile read_case_file(const std::filesystem::path& path);

/// The paths of a directory's case files, sorted. Throws CaseFileError when there is none.
std::vector<std::filesystem::path> case_files_in(const std::filesystem::path& directory);

/// How `response` differs from what `exchange` expects, for a person to read; "" when it does not.
std::string difference(const CaseExchange& exchange, const Response& response);

}  // namespace payhook::test
