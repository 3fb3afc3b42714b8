#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace payhook {

/// What makes a signature of what is signed.
enum class Algorithm : std::uint8_t {
  HMAC_SHA1,
  HMAC_SHA256,
  HMAC_SHA512,
  SHA256,  ///< a plain digest, with the secret among what is signed: weak
  SHA384,
  SHA512,
  ED25519,
  RSA_SHA256,    ///< PKCS #1 v1.5
  ECDSA_SHA256,  ///< a signature in DER
  TOKEN          ///< nothing is signed: what is sent is the secret
};

/// How a secret or public key is written.
enum class KeyEncoding : std::uint8_t {
  TEXT,
  HEX,
  BASE64,
  PEM  ///< a public key or a certificate
};

/// A secret or public key that signatures are checked with. Any number of threads may use it.
class SignatureKey {
 public:
  /// Throws std::invalid_argument, saying why, for a key that is empty, not written as it is said
  /// to be, or not for this algorithm. What it says holds nothing of the key. Throws
  /// std::runtime_error where OpenSSL cannot make an HMAC.
  SignatureKey(Algorithm algorithm, KeyEncoding encoding, std::string_view text);
  ~SignatureKey();
  SignatureKey(SignatureKey&& other) noexcept;
  SignatureKey& operator=(SignatureKey&& other) noexcept;

  /// Whether one of the signatures is this key's of the content. How long that takes tells nothing
  /// of what would be right, but a token's length. A failure of the library is false.
  bool verifies(std::string_view content, std::span<const std::string> signatures) const;

  /// Whether sign() can be called: a public key can only check.
  bool can_sign() const noexcept;

  /// The signature of the content, in bytes. Throws std::logic_error for a public key, which can
  /// only check, and std::runtime_error where the library fails.
  std::string sign(std::string_view content) const;

  /// The secret itself, for a plain digest.
  std::string_view secret() const noexcept;

 private:
  class Method;
  class Recomputed;
  class Mac;
  class Digest;
  class PublicKey;
  class Token;

  static std::unique_ptr<const Method> make(Algorithm algorithm, KeyEncoding encoding,
                                            std::string_view text);

  std::unique_ptr<const Method> m_method;
};

}  // namespace payhook
