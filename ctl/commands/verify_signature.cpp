#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/header_lines.h"
#include "core/program_error.h"
#include "ctl/commands.h"
#include "ctl/input.h"
#include "ctl/named_source.h"
#include "ctl/time_argument.h"

namespace payhook {

namespace {

// Of what is signed, that are shown.
constexpr std::size_t k_shown_bytes = 1024;

struct Options {
  std::optional<std::string> source;
  std::string headers;
  std::string body;
  std::optional<std::string> query;
  std::optional<std::string> at;
  bool verbose = false;
};

/// Which secret is right for a request, or why none is.
struct Verdict {
  std::optional<std::size_t> secret;
  std::string why;
};

Verdict judge(const Verifier& verifier, const SignedRequest& request, Timestamp at) {
  try {
    return {verifier.verify(request, at), ""};
  } catch (const InvalidSignature& e) {
    return {std::nullopt, e.what()};
  } catch (const RepeatedHeader& e) {
    return {std::nullopt, e.what()};
  }
}

std::optional<Timestamp> signed_at(const Verifier& verifier, const SignedRequest& request) {
  try {
    return verifier.signed_at(request);
  } catch (const std::exception&) {
    return std::nullopt;  // the verdict says why
  }
}

/// The query of a request line, as "POST /v1/webhooks/stripe?a=b HTTP/1.1", where the first line is
/// one.
std::string query_of(std::string_view headers) {
  const std::string_view line = headers.substr(0, headers.find_first_of("\r\n"));
  const std::size_t mark = line.find('?');
  if (line.find(" HTTP/") == line.npos || mark == line.npos) {
    return "";
  }
  return std::string(line.substr(mark + 1, line.rfind(' ') - mark - 1));
}

/// What would be right, where that is easily found.
std::optional<std::string> hint(const Verifier& verifier, const SignedRequest& request,
                                Timestamp at) {
  const auto time = signed_at(verifier, request);
  const bool is_in_time = !time || std::chrono::abs(at - *time) <= verifier.scheme().tolerance;
  const Timestamp then = is_in_time ? at : *time;
  if (!is_in_time && judge(verifier, request, then).secret) {
    return fmt::format("the signature is right: only its time is not, which may be {} s off",
                       verifier.scheme().tolerance.count());
  }
  SignedRequest shorter = request;
  shorter.body = shorter.body.substr(0, shorter.body.find_last_not_of("\r\n") + 1);
  if (judge(verifier, shorter, then).secret) {
    return "it is right without the line break at the end of the body";
  }
  return is_in_time ? std::nullopt : std::optional<std::string>("nor is its signature right");
}

std::string secrets_that_count(const Source& source, Timestamp at) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < source.secrets.size(); ++i) {
    const Secret& secret = source.verifier->secrets()[i];
    names.push_back(source.secrets[i] +
                    (at < secret.not_before || at > secret.not_after ? " (not at this time)" : ""));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Its beginning: nothing where there is none.
std::optional<std::string> beginning_of_signed_bytes(const Verifier& verifier,
                                                     const SignedRequest& request) {
  try {
    return verifier.signed_bytes(request).substr(0, k_shown_bytes);
  } catch (const std::exception&) {
    return std::nullopt;  // the verdict says why
  }
}

int verify_signature(const Options& options, Context& context) {
  const auto source = named_source(context, options.source);
  if (!source->is_authentic()) {
    throw ProgramError(
        EX_UNAVAILABLE,
        fmt::format("anybody may send to the source {}: it has no signature", source->name));
  }
  const std::string headers = read_input(options.headers);
  const std::string body = read_input(options.body);
  const std::string query = options.query.value_or(query_of(headers));
  const Timestamp at = options.at ? time_argument(*options.at, context.now()) : context.now();
  const SignedRequest request{"POST", query, body, [&headers](std::string_view name) {
                                return header_values(headers, name);
                              }};
  const Verdict verdict = judge(*source->verifier, request, at);
  Record record;
  record.text("source", source->name)
      .text("signature", verdict.secret ? "right" : "not right")
      .optional_text("why", verdict.secret ? std::nullopt : std::optional(verdict.why))
      .optional_text("hint", verdict.secret ? std::nullopt : hint(*source->verifier, request, at))
      .optional_text(
          "secret", verdict.secret ? std::optional(source->secrets[*verdict.secret]) : std::nullopt)
      .text("tried", secrets_that_count(*source, at))
      .time("signed_at", signed_at(*source->verifier, request))
      .time("looked_at", at);
  context.output().record(record);
  if (options.verbose) {
    const auto bytes = beginning_of_signed_bytes(*source->verifier, request);
    context.output().say("\nsigned bytes:");
    if (context.output().format() == Output::Format::PLAIN) {
      context.output().bytes(bytes.value_or("(none)") + '\n');
    }
  }
  return verdict.secret ? EX_OK : EX_DATAERR;
}

}  // namespace

void add_verify_signature(const Command& program) {
  const Command command = program.add(
      "verify-signature", "Say whether a webhook is authentic that was captured, and why not");
  const auto options = std::make_shared<Options>();
  command.option("--source NAME", options->source, "Whose it is, where there are several");
  command
      .option("--headers FILE", options->headers,
              "Its headers, a line each; the request's line may stand first")
      .required();
  command.option("--body FILE", options->body, "Its exact bytes (-: stdin)").required();
  command.option("--query QUERY", options->query,
                 "Of its URL, without the \"?\", where it is signed");
  command.option("--at TIME", options->at, "When it arrived (default: now)");
  command.flag("--verbose", options->verbose,
               "Show the first bytes that the signature is made of, but no secret");
  command.example(
      "payhookctl verify-signature --source stripe --headers headers --body body --at 2h");
  command.runs([options](Context& context) { return verify_signature(*options, context); });
}

}  // namespace payhook
