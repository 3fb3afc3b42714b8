#include "webhook/verifier.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "core/ascii.h"

namespace payhook {

namespace {

constexpr std::size_t k_most_signatures = 16;

// Of a time in milliseconds until the year 2286; more digits do not fit into Timestamp everywhere.
constexpr std::size_t k_most_digits = 13;

/// The value of the first of these headers that was sent, or nothing.
std::string_view value_of(const SignedRequest& request, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto values = request.header(name);
    if (values.size() > 1) {
      throw RepeatedHeader(fmt::format("the header {} was sent more than once", name));
    }
    if (!values.empty()) {
      return trimmed(values.front());
    }
  }
  return {};
}

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

Verifier::Verifier(Scheme scheme, std::vector<SignatureKey> keys, std::string url)
    : m_scheme(std::move(scheme)), m_keys(std::move(keys)), m_url(std::move(url)) {
  require_proof(m_scheme);
  if (m_keys.empty()) {
    throw std::invalid_argument("there is no secret");
  }
  if (m_url.empty() && m_scheme.signed_content.has(SignedContent::Place::URL)) {
    throw std::invalid_argument("nothing says what {url} is");
  }
}

void Verifier::verify(const SignedRequest& request, Timestamp now) const {
  const std::string_view header = value_of(request, m_scheme.signature_header);
  if (header.empty()) {
    throw InvalidSignature(
        fmt::format("no header {}", fmt::join(m_scheme.signature_header, " or ")));
  }
  Signatures sent = read(header);
  if (!m_scheme.timestamp_header.empty()) {
    sent.timestamp = value_of(request, m_scheme.timestamp_header);
  }
  if (!m_scheme.timestamp_header.empty() || !m_scheme.timestamp_label.empty()) {
    check_time(sent.timestamp, now);
  }
  SignedParts parts{sent.timestamp, value_of(request, m_scheme.id_header),
                    request.method, m_url,
                    request.body,   {}};
  for (const SignatureKey& key : m_keys) {
    parts.secret = key.secret();
    if (key.verifies(m_scheme.signed_content.of(parts), sent.signatures)) {
      return;
    }
  }
  throw InvalidSignature("no signature is right for any of the secrets");
}

/// An entry that is no signature, or is not written as one, is skipped: senders add others.
Verifier::Signatures Verifier::read(std::string_view header) const {
  Signatures sent;
  bool has_timestamp = false;
  for_each_entry(header, m_scheme.separator, [&](std::string_view entry) {
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
  if (sent.signatures.empty()) {
    throw InvalidSignature("the header has no signature that can be read");
  }
  return sent;
}

void Verifier::check_time(std::string_view timestamp, Timestamp now) const {
  std::int64_t number = 0;
  const auto [end, error] =
      std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), number);
  if (timestamp.empty() || timestamp.size() > k_most_digits || timestamp.front() == '-' ||
      error != std::errc{} || end != timestamp.data() + timestamp.size()) {
    throw InvalidSignature("no timestamp that can be read");
  }
  const std::chrono::milliseconds since_1970 = m_scheme.timestamp_unit == TimestampUnit::SECONDS
                                                   ? std::chrono::seconds(number)
                                                   : std::chrono::milliseconds(number);
  const auto distance = now - Timestamp(since_1970);
  if (std::chrono::abs(distance) > m_scheme.tolerance) {
    throw InvalidSignature(fmt::format("signed {} s {} its arrival",
                                       std::chrono::abs(distance) / std::chrono::seconds(1),
                                       distance.count() > 0 ? "before" : "after"));
  }
}

}  // namespace payhook
