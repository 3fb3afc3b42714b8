#include "webhook/signature_key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "webhook/encoding.h"

namespace payhook {

namespace {

template <auto free>
struct Free {
  template <typename Object>
  void operator()(Object* object) const noexcept {
    free(object);
  }
};

using MacContext = std::unique_ptr<EVP_MAC_CTX, Free<EVP_MAC_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool are_equal(std::string_view one, std::string_view other) {
  return one.size() == other.size() && ::CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::string decoded_key(KeyEncoding encoding, std::string_view text) {
  std::optional<std::string> bytes;
  switch (encoding) {
    case KeyEncoding::TEXT:
      bytes = decode(Encoding::TEXT, text);
      break;
    case KeyEncoding::HEX:
      bytes = decode(Encoding::HEX, text);
      break;
    case KeyEncoding::BASE64:
      bytes = decode(Encoding::BASE64, text);
      break;
    case KeyEncoding::PEM:
      throw std::invalid_argument("a key in PEM is for rsa-sha256, ecdsa-sha256 and ed25519");
  }
  if (!bytes) {
    throw std::invalid_argument(encoding == KeyEncoding::HEX ? "the secret is not hexadecimal"
                                                             : "the secret is not base64");
  }
  if (bytes->empty()) {
    throw std::invalid_argument("the secret is empty");
  }
  return *std::move(bytes);
}

using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;

Bio reader_of(std::string_view text) {
  return Bio(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// OpenSSL would ask for a password at the terminal.
int refuse_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

Key read_pem(KeyEncoding encoding, std::string_view text) {
  if (encoding != KeyEncoding::PEM) {
    throw std::invalid_argument("a key of rsa-sha256 or ecdsa-sha256 is in PEM");
  }
  Key key(::PEM_read_bio_PUBKEY(reader_of(text).get(), nullptr, refuse_password, nullptr));
  if (key == nullptr) {
    const std::unique_ptr<X509, Free<X509_free>> certificate(
        ::PEM_read_bio_X509(reader_of(text).get(), nullptr, refuse_password, nullptr));
    if (certificate != nullptr) {
      key.reset(::X509_get_pubkey(certificate.get()));
    }
  }
  ::ERR_clear_error();
  if (key == nullptr) {
    throw std::invalid_argument("it is neither a public key nor a certificate in PEM");
  }
  return key;
}

Key read_ed25519(std::string_view bytes) {
  Key key(::EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes), bytes.size()));
  if (key == nullptr) {
    ::ERR_clear_error();
    throw std::invalid_argument("a public key of ed25519 has 32 bytes");
  }
  return key;
}

}  // namespace

class SignatureKey::Method {
 public:
  Method() = default;
  Method(const Method&) = delete;
  Method& operator=(const Method&) = delete;
  virtual ~Method() = default;

  virtual bool verifies(std::string_view content,
                        std::span<const std::string> signatures) const = 0;
  virtual bool can_sign() const noexcept { return false; }
  virtual std::string sign(std::string_view /*content*/) const {
    throw std::logic_error("a public key signs nothing");
  }
  virtual std::string_view secret() const noexcept { return {}; }
};

/// What is right is made once, and the signatures are compared with it.
class SignatureKey::Recomputed : public Method {
 public:
  bool verifies(std::string_view content, std::span<const std::string> signatures) const final {
    const std::string right = signature_of(content);
    return !right.empty() && std::any_of(signatures.begin(), signatures.end(),
                                         [&](const auto& sent) { return are_equal(right, sent); });
  }

  bool can_sign() const noexcept final { return true; }

  std::string sign(std::string_view content) const final {
    std::string signature = signature_of(content);
    if (signature.empty()) {
      throw std::runtime_error("OpenSSL cannot sign");
    }
    return signature;
  }

 private:
  /// Nothing where the library fails.
  virtual std::string signature_of(std::string_view content) const = 0;
};

/// The key is scheduled once; a webhook needs a copy of that.
class SignatureKey::Mac final : public Recomputed {
 public:
  Mac(const char* digest, const std::string& key) {
    const std::unique_ptr<EVP_MAC, Free<EVP_MAC_free>> hmac(
        ::EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
    m_keyed.reset(hmac != nullptr ? ::EVP_MAC_CTX_new(hmac.get()) : nullptr);
    std::string name = digest;
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
        OSSL_PARAM_construct_end()};
    if (m_keyed == nullptr ||
        ::EVP_MAC_init(m_keyed.get(), bytes_of(key), key.size(), parameters.data()) != 1) {
      throw std::runtime_error("OpenSSL cannot make an HMAC");
    }
  }

 private:
  std::string signature_of(std::string_view content) const override {
    const MacContext mac(::EVP_MAC_CTX_dup(m_keyed.get()));
    std::array<unsigned char, EVP_MAX_MD_SIZE> result{};
    std::size_t size = 0;
    if (mac == nullptr || ::EVP_MAC_update(mac.get(), bytes_of(content), content.size()) != 1 ||
        ::EVP_MAC_final(mac.get(), result.data(), &size, result.size()) != 1) {
      return {};
    }
    return {result.begin(), result.begin() + size};
  }

  MacContext m_keyed;
};

class SignatureKey::Digest final : public Recomputed {
 public:
  Digest(const EVP_MD* digest, std::string secret)
      : m_digest(digest), m_secret(std::move(secret)) {}

  std::string_view secret() const noexcept override { return m_secret; }

 private:
  std::string signature_of(std::string_view content) const override {
    std::array<unsigned char, EVP_MAX_MD_SIZE> result{};
    unsigned size = 0;
    if (::EVP_Digest(content.data(), content.size(), result.data(), &size, m_digest, nullptr) !=
        1) {
      return {};
    }
    return {result.begin(), result.begin() + size};
  }

  const EVP_MD* m_digest;
  std::string m_secret;
};

class SignatureKey::PublicKey final : public Method {
 public:
  PublicKey(Key key, int kind, const EVP_MD* digest) : m_key(std::move(key)), m_digest(digest) {
    if (::EVP_PKEY_get_base_id(m_key.get()) != kind) {
      throw std::invalid_argument("the key is not one of this algorithm");
    }
  }

  bool verifies(std::string_view content, std::span<const std::string> signatures) const override {
    const bool right =
        std::any_of(signatures.begin(), signatures.end(),
                    [&](const std::string& signature) { return verifies_one(content, signature); });
    ::ERR_clear_error();
    return right;
  }

 private:
  bool verifies_one(std::string_view content, std::string_view signature) const {
    const DigestContext context(::EVP_MD_CTX_new());
    return context != nullptr &&
           ::EVP_DigestVerifyInit(context.get(), nullptr, m_digest, nullptr, m_key.get()) == 1 &&
           ::EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                              bytes_of(content), content.size()) == 1;
  }

  Key m_key;
  const EVP_MD* m_digest;
};

/// What is sent is what is known, whatever the content.
class SignatureKey::Token final : public Recomputed {
 public:
  explicit Token(std::string token) : m_token(std::move(token)) {}

 private:
  std::string signature_of(std::string_view /*content*/) const override { return m_token; }

  std::string m_token;
};

std::unique_ptr<const SignatureKey::Method> SignatureKey::make(Algorithm algorithm,
                                                               KeyEncoding encoding,
                                                               std::string_view text) {
  switch (algorithm) {
    case Algorithm::HMAC_SHA1:
      return std::make_unique<Mac>("SHA1", decoded_key(encoding, text));
    case Algorithm::HMAC_SHA256:
      return std::make_unique<Mac>("SHA256", decoded_key(encoding, text));
    case Algorithm::HMAC_SHA512:
      return std::make_unique<Mac>("SHA512", decoded_key(encoding, text));
    case Algorithm::SHA256:
      return std::make_unique<Digest>(::EVP_sha256(), decoded_key(encoding, text));
    case Algorithm::SHA384:
      return std::make_unique<Digest>(::EVP_sha384(), decoded_key(encoding, text));
    case Algorithm::SHA512:
      return std::make_unique<Digest>(::EVP_sha512(), decoded_key(encoding, text));
    case Algorithm::ED25519:
      return std::make_unique<PublicKey>(encoding == KeyEncoding::PEM
                                             ? read_pem(encoding, text)
                                             : read_ed25519(decoded_key(encoding, text)),
                                         EVP_PKEY_ED25519, nullptr);
    case Algorithm::RSA_SHA256:
      return std::make_unique<PublicKey>(read_pem(encoding, text), EVP_PKEY_RSA, ::EVP_sha256());
    case Algorithm::ECDSA_SHA256:
      return std::make_unique<PublicKey>(read_pem(encoding, text), EVP_PKEY_EC, ::EVP_sha256());
    case Algorithm::TOKEN:
      break;
  }
  return std::make_unique<Token>(decoded_key(encoding, text));
}

SignatureKey::SignatureKey(Algorithm algorithm, KeyEncoding encoding, std::string_view text)
    : m_method(make(algorithm, encoding, text)) {}

SignatureKey::~SignatureKey() = default;
SignatureKey::SignatureKey(SignatureKey&& other) noexcept = default;
SignatureKey& SignatureKey::operator=(SignatureKey&& other) noexcept = default;

bool SignatureKey::verifies(std::string_view content,
                            std::span<const std::string> signatures) const {
  return m_method->verifies(content, signatures);
}

bool SignatureKey::can_sign() const noexcept { return m_method->can_sign(); }

std::string SignatureKey::sign(std::string_view content) const { return m_method->sign(content); }

std::string_view SignatureKey::secret() const noexcept { return m_method->secret(); }

}  // namespace payhook
