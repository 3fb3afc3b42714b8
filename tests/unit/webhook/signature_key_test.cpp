#include "webhook/signature_key.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

#include "tests/unit/webhook/published_vectors.h"
#include "webhook/encoding.h"

namespace payhook::test {

namespace {

using enum Algorithm;

std::string from_hex(std::string_view text) { return decode(Encoding::HEX, text).value(); }

/// One vector of tests/vectors: its key as text, what was signed, the signature's bytes.
struct Vector {
  std::string name;
  Algorithm algorithm;
  KeyEncoding key_encoding;
  std::string key;
  std::string content;
  std::string signature;
};

const std::map<std::string, Algorithm> k_algorithms{
    {"hmac-sha1", HMAC_SHA1}, {"hmac-sha256", HMAC_SHA256}, {"hmac-sha512", HMAC_SHA512},
    {"sha256", SHA256},       {"sha512", SHA512},           {"rsa-sha256", RSA_SHA256},
    {"ed25519", ED25519}};

const std::map<std::string, KeyEncoding> k_key_encodings{{"text", KeyEncoding::TEXT},
                                                         {"hex", KeyEncoding::HEX},
                                                         {"base64", KeyEncoding::BASE64},
                                                         {"pem", KeyEncoding::PEM},
                                                         {"none", KeyEncoding::TEXT}};

const std::map<std::string, Encoding> k_encodings{
    {"hex", Encoding::HEX}, {"hex-upper", Encoding::HEX}, {"base64", Encoding::BASE64}};

/// All that were published of the algorithms that there are, and the names of the others.
std::pair<std::vector<Vector>, std::set<std::string>> published() {
  std::pair<std::vector<Vector>, std::set<std::string>> result;
  for_each_published_vector([&result](const Json::Value& vector) {
    const auto algorithm = k_algorithms.find(vector["algorithm"].asString());
    const auto key_encoding = k_key_encodings.find(vector["key_encoding"].asString());
    if (algorithm == k_algorithms.end() || key_encoding == k_key_encodings.end()) {
      result.second.insert(vector["algorithm"].asString() + " " +
                           vector["key_encoding"].asString());
      return;
    }
    const bool has_key = key_encoding->first != "none";  // a plain digest's is in its content
    result.first.push_back(
        {vector["name"].asString(), algorithm->second, key_encoding->second,
         has_key ? vector["key"].asString() : "in the content", vector["signed_bytes"].asString(),
         decode(k_encodings.at(vector["encoding"].asString()), vector["signature"].asString())
             .value()});
  });
  return result;
}

bool verifies(const SignatureKey& key, std::string_view content, const std::string& signature) {
  return key.verifies(content, {&signature, 1});
}

/// The texts that differ from this one in a bit, another one in each of its bytes.
std::vector<std::string> changed_by_a_bit(const std::string& text) {
  std::vector<std::string> changed;
  for (std::size_t i = 0; i < text.size(); ++i) {
    changed.push_back(text);
    changed.back()[i] = static_cast<char>(changed.back()[i] ^ 1 << i % 8);
  }
  return changed;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signature_keys)

BOOST_AUTO_TEST_CASE(every_published_signature_is_right_and_with_another_bit_wrong) {
  const auto [vectors, others] = published();
  BOOST_TEST(vectors.size() == 81U);
  BOOST_TEST((others == std::set<std::string>{"ecdsa-p256-sha256 jwk", "hmac-sha1 sha1-of-text",
                                              "md5 none", "sha384 none"}));
  for (const Vector& v : vectors) {
    BOOST_TEST_CONTEXT(v.name) {
      const SignatureKey key(v.algorithm, v.key_encoding, v.key);
      BOOST_TEST(verifies(key, v.content, v.signature));
      for (const std::string& content : changed_by_a_bit(v.content)) {
        BOOST_REQUIRE(!verifies(key, content, v.signature));
      }
      for (const std::string& signature : changed_by_a_bit(v.signature)) {
        BOOST_REQUIRE(!verifies(key, v.content, signature));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_published_signature_is_wrong_for_a_secret_with_another_bit) {
  const std::map<KeyEncoding, Encoding> encodings{{KeyEncoding::TEXT, Encoding::TEXT},
                                                  {KeyEncoding::HEX, Encoding::HEX},
                                                  {KeyEncoding::BASE64, Encoding::BASE64}};
  for (const Vector& v : published().first) {
    if (v.algorithm != HMAC_SHA1 && v.algorithm != HMAC_SHA256 && v.algorithm != HMAC_SHA512) {
      continue;
    }
    const std::string secret = decode(encodings.at(v.key_encoding), v.key).value();
    BOOST_TEST_CONTEXT(v.name) {
      BOOST_TEST(
          verifies(SignatureKey(v.algorithm, KeyEncoding::TEXT, secret), v.content, v.signature));
      for (const std::string& other : changed_by_a_bit(secret)) {
        BOOST_REQUIRE(
            !verifies(SignatureKey(v.algorithm, KeyEncoding::TEXT, other), v.content, v.signature));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(hmac_is_that_of_rfc_4231_and_ed25519_that_of_rfc_8032) {
  const std::tuple<Algorithm, KeyEncoding, const char*, std::string, const char*> cases[] = {
      {HMAC_SHA256, KeyEncoding::HEX, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {HMAC_SHA512, KeyEncoding::HEX, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
       "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
       "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
      {HMAC_SHA256, KeyEncoding::TEXT, "Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {HMAC_SHA512, KeyEncoding::TEXT, "Jefe", "what do ya want for nothing?",
       "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
       "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
      {ED25519, KeyEncoding::HEX,
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
       "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
      {ED25519, KeyEncoding::HEX,
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "\x72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
       "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
  };
  for (const auto& [algorithm, encoding, key, content, signature] : cases) {
    BOOST_TEST(verifies(SignatureKey(algorithm, encoding, key), content, from_hex(signature)));
  }
}

BOOST_AUTO_TEST_CASE(a_token_is_equal_or_wrong) {
  const SignatureKey key(TOKEN, KeyEncoding::TEXT, "s3cret");
  BOOST_TEST(verifies(key, "whatever", "s3cret"));
  for (const auto* other : {"", "s3cre", "s3cret2", "S3cret", "secret"}) {
    BOOST_TEST(!verifies(key, "whatever", other));
  }
}

BOOST_AUTO_TEST_CASE(a_signature_of_another_length_is_wrong) {
  const SignatureKey key(HMAC_SHA256, KeyEncoding::TEXT, "Jefe");
  const std::string right =
      from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  for (const std::string& other :
       {std::string(), right.substr(0, 31), right + '\0', right + right}) {
    BOOST_TEST(!verifies(key, "what do ya want for nothing?", other));
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_be_used_is_refused_with_why) {
  // RFC 8410, section 10.1
  const std::string ed25519_pem =
      "-----BEGIN PUBLIC KEY-----\n"
      "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
      "-----END PUBLIC KEY-----\n";
  BOOST_CHECK_NO_THROW(SignatureKey(ED25519, KeyEncoding::PEM, ed25519_pem));
  const std::tuple<Algorithm, KeyEncoding, std::string, const char*> cases[] = {
      {HMAC_SHA256, KeyEncoding::TEXT, "", "the secret is empty"},
      {HMAC_SHA256, KeyEncoding::BASE64, "", "the secret is empty"},
      {SHA512, KeyEncoding::TEXT, "", "the secret is empty"},
      {TOKEN, KeyEncoding::TEXT, "", "the secret is empty"},
      {HMAC_SHA256, KeyEncoding::HEX, "0b0", "the secret is not hexadecimal"},
      {HMAC_SHA256, KeyEncoding::BASE64, "Zh==", "the secret is not base64"},
      {HMAC_SHA256, KeyEncoding::PEM, ed25519_pem,
       "a key in PEM is for rsa-sha256, ecdsa-sha256 and ed25519"},
      {ED25519, KeyEncoding::HEX, "d75a98", "a public key of ed25519 has 32 bytes"},
      {RSA_SHA256, KeyEncoding::PEM, ed25519_pem, "the key is not one of this algorithm"},
      {RSA_SHA256, KeyEncoding::TEXT, ed25519_pem, "a key of rsa-sha256 or ecdsa-sha256 is in PEM"},
      {RSA_SHA256, KeyEncoding::PEM, "", "it is neither a public key nor a certificate in PEM"},
      {RSA_SHA256, KeyEncoding::PEM, "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n",
       "it is neither a public key nor a certificate in PEM"},
  };
  for (const auto& [algorithm, encoding, text, why] : cases) {
    BOOST_TEST_CONTEXT(why) {
      BOOST_CHECK_EXCEPTION(SignatureKey(algorithm, encoding, text), std::invalid_argument,
                            [&why](const auto& e) { return std::string(e.what()) == why; });
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
