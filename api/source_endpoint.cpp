#include "api/source_endpoint.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "api/request_checks.h"
#include "api/responses.h"
#include "core/ascii.h"
#include "core/log.h"
#include "core/percent_encoding.h"
#include "json/grammar.h"
#include "json/pointer.h"
#include "service/incoming_webhooks.h"
#include "webhook/field_text.h"

namespace payhook {

namespace {

constexpr std::chrono::minutes k_between_tellings{10};

// Of a challenge, in bytes: what senders ask with has a tenth of that.
constexpr std::size_t k_most_challenge_bytes = 1024;

// Of the headers that are kept with a body.
constexpr std::size_t k_most_header_bytes = 4096;

// What nobody will ask for, and what lets whoever has it in somewhere.
constexpr std::array<std::string_view, 8> k_not_kept{
    "accept", "accept-encoding", "authorization", "connection",
    "cookie", "content-length",  "host",          "proxy-authorization"};

/// REMOTE_ADDR, or nothing where that is no address. For a client on a unix socket nginx says
/// "unix:".
std::string address_of(const HttpRequest& request) {
  const std::string text(request.variables.find(MetaVariable::REMOTE_ADDR));
  in6_addr ignored{};
  const bool is_address = text == "unix:" || ::inet_pton(AF_INET, text.c_str(), &ignored) == 1 ||
                          ::inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
  return is_address ? text : "";
}

bool is_a_token(std::string_view header, const Source& source) {
  if (!source.is_authentic() || !is_static(source.verifier->scheme())) {
    return false;
  }
  const auto& names = source.verifier->scheme().signature_header;
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return in_lower_case(name) == header; });
}

/// Those that are kept with a body, a line each.
std::string headers_of(const HttpRequest& request, const Source& source) {
  std::string headers;
  request.variables.for_each_header([&](std::string_view name, std::string_view value) {
    const bool is_kept =
        std::find(k_not_kept.begin(), k_not_kept.end(), name) == k_not_kept.end() &&
        !is_a_token(name, source) &&
        headers.size() + name.size() + value.size() + 3 <= k_most_header_bytes;
    if (is_kept) {
      headers.append(headers.empty() ? "" : "\n").append(name).append(": ").append(value);
    }
  });
  return headers;
}

/// It is said as text, in an answer that no browser takes for anything else.
HttpResponse challenge_response(std::string value) {
  if (value.empty() || value.size() > k_most_challenge_bytes ||
      !std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
    throw HttpError(400, "Invalid challenge");
  }
  return {.status = 200, .body = std::move(value), .content_type = k_plain_text};
}

}  // namespace

SourceEndpoint::SourceEndpoint(std::shared_ptr<const Source> source, const Config& config,
                               const Clock& clock, Committer& committer, ResponderMetrics& metrics)
    : m_source(std::move(source)),
      m_config(config),
      m_clock(clock),
      m_committer(committer),
      m_keeps_order(config.handlers.of(m_source->name)->in_order),
      m_all_metrics(metrics),
      m_metrics(metrics.of(m_source->name)),
      m_answers(std::make_shared<const IntakeAnswers>(
          *m_source, config.responder.conflicting_duplicate, m_metrics)) {}

void SourceEndpoint::receive(Exchange& exchange) {
  try {
    take_in(exchange);
  } catch (const std::exception& e) {
    m_all_metrics.count_answer(error_response(e).status, *m_metrics);
    throw;
  }
}

void SourceEndpoint::take_in(Exchange& exchange) {
  HttpRequest& request = exchange.request();
  check_size(request, m_source->max_body_bytes);
  check_type(request, *m_source);
  check_completeness(request);
  const Timestamp now = m_clock.now();
  check_sender(request, now);
  if (!m_source->challenge.field.empty() && is_plain_json(packaging_of(request), *m_source) &&
      meet_signed_challenge(exchange, request.body)) {
    return;
  }
  std::vector<IncomingWebhook> webhooks = webhooks_of(request, now);
  if (!m_committer.submit(webhooks, exchange, m_answers)) {
    throw StoreUnavailable("too many webhooks are waiting to be stored, or the program is ending");
  }
}

void SourceEndpoint::check_sender(const HttpRequest& request, Timestamp now) {
  if (!m_source->is_authentic()) {
    return;
  }
  const SignedRequest asked{
      request.method(), request.query(), request.body,
      [&request](std::string_view name) { return request.variables.headers(name); }};
  try {
    count_use(m_source->verifier->verify(asked, now), now);
  } catch (const InvalidSignature& e) {
    m_metrics->signature_failures.Increment();
    throw InvalidSignature(fmt::format("source {}: {}", m_source->name, e.what()));
  }
}

void SourceEndpoint::count_use(std::size_t secret, Timestamp now) {
  if (secret == 0) {
    return;
  }
  m_metrics->old_secret_uses.Increment();
  ++m_uses_of_old_secrets;
  if (now >= m_tell_again) {
    log::report(log::Event::OLD_SECRET,
                "source {}: {} signed with an old secret since the last message; the last with {}",
                m_source->name,
                m_uses_of_old_secrets == 1 ? "1 webhook was"
                                           : fmt::format("{} webhooks were", m_uses_of_old_secrets),
                m_source->secrets[secret]);
    m_uses_of_old_secrets = 0;
    m_tell_again = now + k_between_tellings;
  }
}

void SourceEndpoint::meet_challenge(Exchange& exchange) const {
  const HttpRequest& request = exchange.request();
  const Challenge& challenge = m_source->challenge;
  std::string value;
  if (!challenge.query.empty()) {
    value = form_value(request.query(), challenge.query).value_or("");
  }
  if (value.empty() && !challenge.header.empty()) {
    value = request.variables.header(challenge.header);
  }
  if (value.empty()) {
    throw HttpError(404, "Not found");
  }
  exchange.answer(challenge_response(std::move(value)));
}

void SourceEndpoint::permit(Exchange& exchange) const {
  const std::string origin = exchange.request().variables.header("WebHook-Request-Origin");
  HttpResponse response{200, ""};
  response.headers.emplace_back("Allow", "POST, OPTIONS");
  if (!origin.empty()) {
    response.headers.emplace_back("WebHook-Allowed-Origin", "*");
    response.headers.emplace_back("WebHook-Allowed-Rate", "*");
  }
  exchange.answer(response);
}

bool SourceEndpoint::meet_signed_challenge(Exchange& exchange, const std::string& json) const {
  JsonPointers pointers;
  pointers.add(m_source->challenge.field);
  const std::string_view root = read_json(json, {});
  const std::string_view field = root.empty() ? root : pointers.find(root)[0];
  if (!field.starts_with('"')) {
    return false;
  }
  exchange.answer(challenge_response(field_text(field)));
  return true;
}

std::vector<IncomingWebhook> SourceEndpoint::webhooks_of(HttpRequest& request,
                                                         Timestamp now) const {
  ReceivedWebhook received{.body = {},
                           .packaging = packaging_of(request),
                           .headers = headers_of(request, *m_source),
                           .remote_address = address_of(request),
                           .received_at = now};
  received.body = std::move(request.body);
  return incoming_webhooks(std::move(received), *m_source, m_config.currencies, m_keeps_order);
}

}  // namespace payhook
