#include "api/api.h"

#include <arpa/inet.h>

#include <charconv>
#include <limits>
#include <optional>
#include <string>

#include "api/authorization.h"
#include "api/responses.h"
#include "core/ascii.h"
#include "core/log.h"
#include "webhook/parse_webhook.h"

namespace payhook {

namespace {

// The one that the paths without a name are of.
constexpr auto k_default_source = "default";

/// Decodes %XX once. Empty when a % is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || digits.size() != 2 || end != digits.data() + 2) {
      return std::nullopt;
    }
    decoded.push_back(static_cast<char>(value));
    i += 2;
  }
  return decoded;
}

/// application/json or application/*+json, whatever parameters follow.
bool is_json_type(std::string_view content_type) {
  const std::string type = in_lower_case(trimmed(content_type.substr(0, content_type.find(';'))));
  constexpr std::string_view k_prefix = "application/";
  constexpr std::string_view k_suffix = "+json";
  return type == "application/json" ||
         (type.size() > k_prefix.size() + k_suffix.size() && type.starts_with(k_prefix) &&
          type.ends_with(k_suffix) && type.find_first_of("/ \t", k_prefix.size()) == type.npos);
}

/// CONTENT_LENGTH, where it is given; one too large for a number is larger than any limit.
std::optional<std::size_t> announced_bytes(const HttpRequest& request) {
  const std::string_view text = trimmed(request.variables.find(MetaVariable::CONTENT_LENGTH));
  if (text.empty()) {
    return std::nullopt;
  }
  std::size_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error == std::errc::result_out_of_range) {
    return std::numeric_limits<std::size_t>::max();
  }
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw HttpError(400, "Invalid JSON");
  }
  return bytes;
}

/// What has not come whole may have no path or method to go by.
void check_arrival(const HttpRequest& request) {
  if (request.cut == Cut::PARAMETERS) {
    throw HttpError(431, "Request header fields too large");
  }
  if (request.cut == Cut::MEMORY) {
    throw StoreUnavailable("too many large requests are arriving at once");
  }
}

void check_size(const HttpRequest& request, std::size_t max_body_bytes) {
  if (request.cut == Cut::BODY || request.body.size() > max_body_bytes ||
      announced_bytes(request).value_or(0) > max_body_bytes) {
    throw HttpError(413, "Payload too large");
  }
}

void check_type(const HttpRequest& request) {
  if (!is_json_type(request.variables.find(MetaVariable::CONTENT_TYPE))) {
    throw HttpError(415, "Content-Type must be application/json");
  }
  const std::string encoding = in_lower_case(trimmed(request.variables.header("Content-Encoding")));
  if (!encoding.empty() && encoding != "identity") {
    throw HttpError(415, "Content-Encoding must be identity", {{"Accept-Encoding", "identity"}});
  }
}

/// A sender or front end that broke off in the middle of a body is not taken at its word.
void check_completeness(const HttpRequest& request) {
  if (announced_bytes(request).value_or(request.body.size()) != request.body.size()) {
    throw HttpError(400, "Invalid JSON");
  }
}

/// REMOTE_ADDR, or nothing where that is no address. For a client on a unix socket nginx says
/// "unix:".
std::string address_of(const HttpRequest& request) {
  const std::string text(request.variables.find(MetaVariable::REMOTE_ADDR));
  in6_addr ignored{};
  const bool is_address = text == "unix:" || ::inet_pton(AF_INET, text.c_str(), &ignored) == 1 ||
                          ::inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
  return is_address ? text : "";
}

void report(const HttpRequest& request, int status, const char* why) {
  if (status == 503) {
    log::report(log::Event::UNAVAILABLE, log::Request{request.id}, "answered 503: {}", why);
  } else {
    log::report(log::Event::REFUSED, log::Request{request.id}, "refused with {}: {}", status, why);
  }
}

}  // namespace

Api::Api(const Config& config, const Clock& clock, StatusReader& reader, Committer& committer)
    : m_config(&config),
      m_clock(clock),
      m_reader(reader),
      m_committer(committer),
      m_router({
          {"POST", "/v1/webhooks/transactions",
           [this](Exchange& exchange, auto) { receive_webhook(exchange); }},
          {"GET", "/",
           [this](Exchange& exchange, auto) { exchange.answer(health_response(m_clock.now())); }},
          {"GET", "/v1/transactions/{transaction_id}",
           [this](Exchange& exchange, auto id) {
             require_reader(exchange.request(), m_config->reading);
             exchange.answer(status_of(id));
           }},
      }) {}

void Api::handle(Exchange& exchange) noexcept {
  HttpResponse response;
  try {
    check_arrival(exchange.request());
    m_router.serve(exchange);
    return;
  } catch (const std::exception& e) {
    response = error_response(e);
    report(exchange.request(), response.status, e.what());
  }
  exchange.answer(response);
}

void Api::receive_webhook(Exchange& exchange) {
  HttpRequest& request = exchange.request();
  check_size(request, m_config->responder.max_body_bytes);
  check_type(request);
  check_completeness(request);
  Transaction transaction = parse_webhook(request.body, m_config->currencies);
  const Timestamp now = m_clock.now();
  IncomingWebhook webhook{k_default_source,
                          StatedPayment{std::move(transaction), now + m_config->processor.delay},
                          std::move(request.body), address_of(request), now};
  if (!m_committer.submit({&webhook, 1}, exchange,
                          intake_answer(m_config->responder.conflicting_duplicate))) {
    throw StoreUnavailable("too many webhooks are waiting to be stored, or the program is ending");
  }
}

HttpResponse Api::status_of(std::string_view encoded_transaction_id) {
  if (const auto transaction_id = percent_decoded(encoded_transaction_id)) {
    if (const auto stored = m_reader.find(k_default_source, *transaction_id)) {
      return transaction_response(*stored);
    }
  }
  // Not thrown: it is an answer, for which nobody is to blame.
  return message_response(404, "Transaction not found");
}

}  // namespace payhook
