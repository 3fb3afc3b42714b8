#include "webhook/verifier.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "core/ascii.h"
#include "json/grammar.h"
#include "webhook/field_text.h"
#include "webhook/mapping.h"

namespace payhook {

namespace {

constexpr std::size_t k_most_signatures = 16;

// Of a time in milliseconds until the year 2286; more digits do not fit into Timestamp everywhere.
constexpr std::size_t k_most_digits = 13;

/// Calls use(entry) for the parts of a list, or for all of it where nothing separates them.
template <typename Use>
void for_each_entry(std::string_view list, std::string_view separator, const Use& use) {
  while (!separator.empty()) {
    const std::size_t end = list.find(separator);
    if (end == list.npos) {
      break;
    }
    use(trimmed(list.substr(0, end)));
    list.remove_prefix(end + separator.size());
  }
  use(trimmed(list));
}

}  // namespace

Verifier::Verifier(Scheme scheme, std::vector<Secret> secrets)
    : m_scheme(std::move(scheme)), m_secrets(std::move(secrets)) {
  require_proof(m_scheme);
  if (m_secrets.empty()) {
    throw std::invalid_argument("there is no secret");
  }
  if (m_scheme.items) {
    m_items.add(*m_scheme.items);
  }
  if (m_scheme.signature_field) {
    m_signature.add(*m_scheme.signature_field);
  }
}

std::size_t Verifier::verify(const SignedRequest& request, Timestamp now) const {
  return m_scheme.signature_field ? verify_fields(request, now) : verify_header(request, now);
}

std::optional<Timestamp> Verifier::signed_at(const SignedRequest& request) const {
  if (!has_time() || m_scheme.timestamp_unit == TimestampUnit::UNCHECKED) {
    return std::nullopt;
  }
  return Timestamp(read_time(read_header(request).timestamp));
}

std::string Verifier::signed_bytes(const SignedRequest& request) const {
  SignedParts parts{.request = request, .secret = "{secret}"};
  const std::string body(request.body);
  if (m_scheme.signature_field) {
    const auto items = items_of(body);
    parts.item = items.empty() ? std::string_view() : items.front();
  } else {
    parts.timestamp = read_header(request).timestamp;
    parts.id = request.value_of_first(m_scheme.id_header);
  }
  return m_scheme.signed_content.of(parts);
}

bool Verifier::has_time() const noexcept {
  return !m_scheme.timestamp_header.empty() || !m_scheme.timestamp_label.empty();
}

Verifier::SentSignatures Verifier::read_header(const SignedRequest& request) const {
  const std::string_view header = request.value_of_first(m_scheme.signature_header);
  if (header.empty()) {
    throw InvalidSignature(
        fmt::format("no header {}", fmt::join(m_scheme.signature_header, " or ")));
  }
  SentSignatures sent = read(header);
  if (!m_scheme.timestamp_header.empty()) {
    sent.timestamp = request.value_of_first(m_scheme.timestamp_header);
  }
  return sent;
}

std::size_t Verifier::verify_header(const SignedRequest& request, Timestamp now) const {
  const SentSignatures sent = read_header(request);
  if (has_time()) {
    check_time(sent.timestamp, now);
  }
  return verify_parts({.request = request,
                       .timestamp = sent.timestamp,
                       .id = request.value_of_first(m_scheme.id_header)},
                      sent.signatures, now);
}

/// What is no JSON has no signature in it: here, and only here, a body must be read before anybody
/// has proved who sent it. The items point into `body`.
std::vector<std::string_view> Verifier::items_of(const std::string& body) const {
  const std::string_view root = read_json(body, {});
  std::vector<std::string_view> items =
      m_items.empty() || root.empty()
          ? std::vector{root}
          : json_elements(m_items.find(root)[0], Mapping::k_most_items + 1);
  if (items.size() > Mapping::k_most_items) {
    throw InvalidSignature(fmt::format("more than {} items", Mapping::k_most_items));
  }
  return items;
}

std::size_t Verifier::verify_fields(const SignedRequest& request, Timestamp now) const {
  const std::string body(request.body);
  std::size_t secret = 0;
  bool has_any = false;
  for (const std::string_view item : items_of(body)) {
    const std::string_view field = m_signature.find(item)[0];
    if (!field.starts_with('"')) {
      throw InvalidSignature("the body has no signature");
    }
    const std::string text = read_json_string(field);
    secret = verify_parts({.request = request, .item = item}, read(text).signatures, now);
    has_any = true;
  }
  if (!has_any) {
    throw InvalidSignature("the body has no item that is signed");
  }
  return secret;
}

std::size_t Verifier::verify_parts(SignedParts parts, const std::vector<std::string>& signatures,
                                   Timestamp now) const {
  std::string content;
  for (std::size_t i = 0; i < m_secrets.size(); ++i) {
    const Secret& secret = m_secrets[i];
    if (now < secret.not_before || now > secret.not_after) {
      continue;
    }
    if (content.empty() || !secret.key.secret().empty()) {
      parts.secret = secret.key.secret();
      content = m_scheme.signed_content.of(parts);
    }
    if (secret.key.verifies(content, signatures)) {
      return i;
    }
  }
  throw InvalidSignature("no signature is right for any of the secrets");
}

/// An entry that is no signature, or is not written as one, is skipped: senders add others.
Verifier::SentSignatures Verifier::read(std::string_view header) const {
  SentSignatures sent;
  bool has_timestamp = false;
  bool is_complete = m_scheme.required_entry.empty();
  for_each_entry(header, m_scheme.separator, [&](std::string_view entry) {
    is_complete = is_complete || entry == m_scheme.required_entry;
    if (!m_scheme.timestamp_label.empty() && entry.starts_with(m_scheme.timestamp_label)) {
      if (std::exchange(has_timestamp, true)) {
        throw InvalidSignature("two timestamps");
      }
      sent.timestamp = entry.substr(m_scheme.timestamp_label.size());
    } else if (entry.starts_with(m_scheme.signature_label)) {
      auto signature =
          decode(m_scheme.signature_encoding, entry.substr(m_scheme.signature_label.size()));
      if (signature && !signature->empty()) {
        sent.signatures.push_back(*std::move(signature));
      }
    }
    if (sent.signatures.size() > k_most_signatures) {
      throw InvalidSignature(fmt::format("more than {} signatures", k_most_signatures));
    }
  });
  if (sent.signatures.empty() || !is_complete) {
    throw InvalidSignature("there is no signature that can be read");
  }
  return sent;
}

void Verifier::check_time(std::string_view timestamp, Timestamp now) const {
  if (m_scheme.timestamp_unit == TimestampUnit::UNCHECKED) {
    return;
  }
  const auto distance = now - Timestamp(read_time(timestamp));
  if (std::chrono::abs(distance) > m_scheme.tolerance) {
    throw InvalidSignature(fmt::format("signed {} s {} its arrival",
                                       std::chrono::abs(distance) / std::chrono::seconds(1),
                                       distance.count() > 0 ? "before" : "after"));
  }
}

/// Since 1970.
std::chrono::milliseconds Verifier::read_time(std::string_view timestamp) const {
  constexpr auto k_unreadable = "no timestamp that can be read";
  if (m_scheme.timestamp_unit == TimestampUnit::RFC3339) {
    if (const auto time = parse_rfc3339(timestamp)) {
      return time->time_since_epoch();
    }
    throw InvalidSignature(k_unreadable);
  }
  std::int64_t number = 0;
  const auto [end, error] =
      std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), number);
  if (timestamp.empty() || timestamp.size() > k_most_digits || timestamp.front() == '-' ||
      error != std::errc{} || end != timestamp.data() + timestamp.size()) {
    throw InvalidSignature(k_unreadable);
  }
  return m_scheme.timestamp_unit == TimestampUnit::SECONDS
             ? std::chrono::milliseconds(std::chrono::seconds(number))
             : std::chrono::milliseconds(number);
}

}  // namespace payhook
