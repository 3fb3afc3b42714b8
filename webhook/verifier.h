#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.h"
#include "webhook/scheme.h"
#include "webhook/signature_key.h"

namespace payhook {

/// A webhook whose sender has not proved who it is. what() says why, for the log: the sender reads
/// "Invalid signature".
class InvalidSignature : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A webhook with one of the headers twice that its signature is made of.
class RepeatedHeader : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a proof is made over. The texts must last until it has been checked.
struct SignedRequest {
  std::string_view method;
  std::string_view body;  ///< the exact bytes received
  /// The values of a header, in whatever case its name was sent: one for each time.
  std::function<std::vector<std::string_view>(std::string_view name)> header;
};

/// Checks a sender's signatures by its scheme. Any number of threads may use it.
class Verifier {
 public:
  /// One of the keys is enough, so that a secret can be replaced while both are in use. `url` is
  /// the one that the sender posts to, as it knows it. Throws std::invalid_argument, saying why,
  /// for what would prove nothing: see require_proof().
  Verifier(Scheme scheme, std::vector<SignatureKey> keys, std::string url = {});

  /// Returns when one of the request's signatures is right for one of the keys. Throws
  /// InvalidSignature or RepeatedHeader. What it costs is bounded by the request's bytes, and by 16
  /// signatures for each key.
  void verify(const SignedRequest& request, Timestamp now) const;

 private:
  struct Signatures {
    std::vector<std::string> signatures;
    std::string_view timestamp;
  };
  Signatures read(std::string_view header) const;
  void check_time(std::string_view timestamp, Timestamp now) const;

  Scheme m_scheme;
  std::vector<SignatureKey> m_keys;
  std::string m_url;
};

}  // namespace payhook
