#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.h"
#include "webhook/scheme.h"
#include "webhook/signature_key.h"
#include "webhook/signed_request.h"

namespace payhook {

/// A key and when it counts.
struct Secret {
  SignatureKey key;
  Timestamp not_before = Timestamp::min();
  Timestamp not_after = Timestamp::max();
};

/// Checks a sender's signatures by its scheme. Any number of threads may use it.
class Verifier {
 public:
  /// One of the secrets is enough, so that one can be replaced while both are in use. Throws
  /// std::invalid_argument, saying why, for what would prove nothing: see require_proof().
  Verifier(Scheme scheme, std::vector<Secret> secrets);

  /// Returns the number of the secret that one of the request's signatures is right for; where each
  /// item of the body has its own, all are, and the last such number is returned. Throws
  /// InvalidSignature or RepeatedHeader. What it costs is bounded by the request's bytes, and by 16
  /// signatures for each secret.
  std::size_t verify(const SignedRequest& request, Timestamp now) const;

  const Scheme& scheme() const noexcept { return m_scheme; }
  const std::vector<Secret>& secrets() const noexcept { return m_secrets; }

  /// For whoever wonders why a request is not right: when it says that it was signed, where the
  /// scheme looks at its age. Throws as verify() does where that cannot be read.
  std::optional<Timestamp> signed_at(const SignedRequest& request) const;

  /// The bytes that its signature is to be made of, with "{secret}" where a secret is among them;
  /// of several items those of the first. Throws as verify() does where it is none.
  std::string signed_bytes(const SignedRequest& request) const;

 private:
  struct SentSignatures {
    std::vector<std::string> signatures;
    std::string_view timestamp = {};
  };

  bool has_time() const noexcept;
  SentSignatures read_header(const SignedRequest& request) const;
  std::vector<std::string_view> items_of(const std::string& body) const;
  std::size_t verify_header(const SignedRequest& request, Timestamp now) const;
  std::size_t verify_fields(const SignedRequest& request, Timestamp now) const;
  std::size_t verify_parts(SignedParts parts, const std::vector<std::string>& signatures,
                           Timestamp now) const;
  SentSignatures read(std::string_view header) const;
  void check_time(std::string_view timestamp, Timestamp now) const;
  std::chrono::milliseconds read_time(std::string_view timestamp) const;

  Scheme m_scheme;
  std::vector<Secret> m_secrets;
  JsonPointers m_items;      // empty where the body is one
  JsonPointers m_signature;  // in an item
};

}  // namespace payhook
