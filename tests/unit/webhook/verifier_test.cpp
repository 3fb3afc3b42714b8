#include "webhook/verifier.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <map>
#include <utility>

#include "core/ascii.h"
#include "tests/unit/webhook/published_vectors.h"

namespace payhook::test {

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// What a test asks of a verifier. The clock is milliseconds since 1970.
struct Delivery {
  Headers headers;
  std::string body;
  std::int64_t clock = 0;

  SignedRequest request() const {
    return {"POST", body, [this](std::string_view name) {
              std::vector<std::string_view> values;
              for (const auto& [sent, value] : headers) {
                if (in_lower_case(sent) == in_lower_case(name)) {
                  values.emplace_back(value);
                }
              }
              return values;
            }};
  }
};

/// "right", or why not.
std::string verdict(const Verifier& verifier, const Delivery& delivery) {
  try {
    verifier.verify(delivery.request(), Timestamp(std::chrono::milliseconds(delivery.clock)));
    return "right";
  } catch (const InvalidSignature& e) {
    return e.what();
  } catch (const RepeatedHeader& e) {
    return std::string("repeated: ") + e.what();
  }
}

const Scheme k_stripe{.signed_content = SignedContent("{timestamp}.{body}"),
                      .signature_header = {"Stripe-Signature"},
                      .signature_label = "v1=",
                      .separator = ",",
                      .timestamp_label = "t="};

Scheme standard_webhooks(Algorithm algorithm, const std::string& label) {
  return {.algorithm = algorithm,
          .signed_content = SignedContent("{id}.{timestamp}.{body}"),
          .signature_header = {"webhook-signature", "svix-signature"},
          .signature_encoding = Encoding::BASE64,
          .signature_label = label,
          .separator = " ",
          .timestamp_header = {"webhook-timestamp", "svix-timestamp"},
          .id_header = {"webhook-id", "svix-id"}};
}

const std::map<std::string, Scheme> k_schemes{
    {"stripe", k_stripe},
    {"standard-webhooks", standard_webhooks(Algorithm::HMAC_SHA256, "v1,")},
    {"standard-webhooks v1a", standard_webhooks(Algorithm::ED25519, "v1a,")},
    {"svix", standard_webhooks(Algorithm::HMAC_SHA256, "v1,")},
    {"github", {.signature_header = {"X-Hub-Signature-256"}, .signature_label = "sha256="}},
    {"slack",
     {.signed_content = SignedContent("v0:{timestamp}:{body}"),
      .signature_header = {"X-Slack-Signature"},
      .signature_label = "v0=",
      .timestamp_header = {"X-Slack-Request-Timestamp"}}},
    {"paddle",
     {.signed_content = SignedContent("{timestamp}:{body}"),
      .signature_header = {"Paddle-Signature"},
      .signature_label = "h1=",
      .separator = ";",
      .timestamp_label = "ts=",
      .tolerance = std::chrono::seconds(5)}},
    {"revolut",
     {.signed_content = SignedContent("v1.{timestamp}.{body}"),
      .signature_header = {"Revolut-Signature"},
      .signature_label = "v1=",
      .separator = ",",
      .timestamp_header = {"Revolut-Request-Timestamp"},
      .timestamp_unit = TimestampUnit::MILLISECONDS}},
    {"shopify",
     {.signature_header = {"Shopify-Hmac-Sha256", "X-Shopify-Hmac-Sha256"},
      .signature_encoding = Encoding::BASE64}},
    {"square",
     {.signed_content = SignedContent("{url}{body}"),
      .signature_header = {"x-square-hmacsha256-signature"},
      .signature_encoding = Encoding::BASE64}},
    {"wise",
     {.algorithm = Algorithm::RSA_SHA256,
      .signature_header = {"X-Signature-SHA256"},
      .signature_encoding = Encoding::BASE64}},
    {"authorize-net",
     {.algorithm = Algorithm::HMAC_SHA512,
      .signature_header = {"X-ANET-Signature"},
      .signature_label = "sha512="}},
};

/// A delivery as it was published, and those of its variants that it describes by what differs:
/// other headers, another body, other secrets, another clock.
class Published {
 public:
  Published(const Json::Value& vector, const Scheme& scheme) : m_vector(vector), m_scheme(scheme) {}

  void check() const {
    BOOST_TEST_CONTEXT(m_vector["name"].asString()) {
      BOOST_TEST(verdict(verifier({}), delivery({})) == "right");
      for (const Json::Value& variant : m_vector["variants"]) {
        if (is_described(variant)) {
          BOOST_TEST_CONTEXT(variant["why"].asString()) {
            const bool right = verdict(verifier(variant), delivery(variant)) == "right";
            BOOST_TEST(right == (variant["expect"] == "accept"));
          }
        }
      }
    }
  }

 private:
  static bool is_described(const Json::Value& variant) {
    return variant.isMember("headers") || variant.isMember("body") || variant.isMember("secrets") ||
           variant.isMember("clock");
  }

  Verifier verifier(const Json::Value& variant) const {
    const std::map<std::string, KeyEncoding> encodings{
        {"text", KeyEncoding::TEXT}, {"base64", KeyEncoding::BASE64}, {"pem", KeyEncoding::PEM}};
    const KeyEncoding encoding = encodings.at(m_vector["key_encoding"].asString());
    std::vector<SignatureKey> keys;
    for (const Json::Value& secret : variant["secrets"]) {
      keys.emplace_back(m_scheme.algorithm, encoding, secret.asString());
    }
    if (keys.empty()) {
      keys.emplace_back(m_scheme.algorithm, encoding, m_vector["key"].asString());
    }
    return {m_scheme, std::move(keys), m_vector["url"].asString()};
  }

  Delivery delivery(const Json::Value& variant) const {
    Json::Value headers = m_vector["headers"];
    for (const auto& name : variant["headers"].getMemberNames()) {
      headers[name] = variant["headers"][name];
    }
    Delivery result{{}, variant.get("body", m_vector["body"]).asString(), clock(variant)};
    for (const auto& name : headers.getMemberNames()) {
      result.headers.emplace_back(name, headers[name].asString());
    }
    return result;
  }

  /// Where it is not published it is the time that was signed.
  std::int64_t clock(const Json::Value& variant) const {
    const Json::Value seconds = variant.get("clock", m_vector["timestamp"]);
    if (!seconds.isNull()) {
      return std::llround(seconds.asDouble() * 1000);
    }
    const std::string content = m_vector["signed_bytes"].asString();
    const auto digits = std::search_n(content.begin(), content.end(), 10, true,
                                      [](char c, bool) { return '0' <= c && c <= '9'; });
    return digits == content.end() ? 0 : 1000 * std::stoll(std::string(digits, digits + 10));
  }

  const Json::Value& m_vector;
  const Scheme& m_scheme;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(verifiers)

BOOST_AUTO_TEST_CASE(published_deliveries_and_their_variants_are_judged_as_published) {
  int checked = 0;
  for_each_published_vector([&checked](const Json::Value& vector) {
    const std::string name =
        vector["scheme"].asString() + (vector["algorithm"] == "ed25519" ? " v1a" : "");
    if (const auto scheme = k_schemes.find(name); scheme != k_schemes.end()) {
      Published(vector, scheme->second).check();
      ++checked;
    }
  });
  BOOST_TEST(checked == 26);
}

BOOST_AUTO_TEST_CASE(headers_that_nobody_sends_in_earnest_are_refused_with_why) {
  const std::string right = "f0bdba6d4eacbd8ad8a3bbadd7248e633ec1477f7899c124c51b39405fa36613";
  std::string many = "t=1";
  for (int i = 0; i < 17; ++i) {
    many += ",v1=" + right;
  }
  const std::pair<Headers, std::string> cases[] = {
      {Headers{}, "no header Stripe-Signature"},
      {{{"Stripe-Signature", ""}}, "no header Stripe-Signature"},
      {{{"Stripe-Signature", "t=1,v1="}}, "the header has no signature that can be read"},
      {{{"Stripe-Signature", "t=1,v1=\xc3\xa9\xc3\xa9"}},
       "the header has no signature that can be read"},
      {{{"Stripe-Signature", "t=1,t=1,v1=" + right}}, "two timestamps"},
      {{{"Stripe-Signature", "v1=" + right}}, "no timestamp that can be read"},
      {{{"Stripe-Signature", "t=+1,v1=" + right}}, "no timestamp that can be read"},
      {{{"Stripe-Signature", "t=99999999999999999999,v1=" + right}},
       "no timestamp that can be read"},
      {{{"Stripe-Signature", "t=301,v1=" + right}}, "no signature is right for any of the secrets"},
      {{{"Stripe-Signature", "t=302,v1=" + right}}, "signed 301 s after its arrival"},
      {{{"Stripe-Signature", "t=9999999999999,v1=" + right}},
       "signed 9999999999998 s after its arrival"},
      {{{"Stripe-Signature", "t=1,v1=" + right}}, "no signature is right for any of the secrets"},
      {{{"Stripe-Signature", "t=1 ,\tv1=" + right + ",,"}},
       "no signature is right for any of the secrets"},
      {{{"Stripe-Signature", many}}, "more than 16 signatures"},
      {{{"Stripe-Signature", "t=1,v1=" + right}, {"stripe-signature", "t=1,v1=" + right}},
       "repeated: the header Stripe-Signature was sent more than once"},
  };
  std::vector<SignatureKey> keys;
  keys.emplace_back(Algorithm::HMAC_SHA256, KeyEncoding::TEXT, "webhook_secret");
  const Verifier verifier(k_stripe, std::move(keys));
  for (const auto& [headers, why] : cases) {
    BOOST_TEST(verdict(verifier, {headers, "{}", 1000}) == why);
  }
  BOOST_TEST(verdict(verifier, {{{"Stripe-Signature", "t=1,v1=" + right}}, "{}", 302000}) ==
             "signed 301 s before its arrival");
}

BOOST_AUTO_TEST_CASE(a_scheme_that_proves_nothing_is_refused_with_why) {
  const auto with = [](auto change) {
    Scheme scheme = k_stripe;
    change(scheme);
    return scheme;
  };
  const std::pair<Scheme, std::string> cases[] = {
      {with([](Scheme& s) { s.signature_header.clear(); }),
       "no header is named that has the signature"},
      {with([](Scheme& s) { s.algorithm = Algorithm::SHA256; }),
       "anybody can make a plain digest: {secret} must be signed too"},
      {with([](Scheme& s) { s.signed_content = SignedContent("{timestamp}{body}{secret}"); }),
       "only a plain digest signs {secret}"},
      {with([](Scheme& s) { s.separator.clear(); }),
       "a timestamp beside the signature needs a separator"},
      {with([](Scheme& s) { s.timestamp_label.clear(); }), "nothing says where {timestamp} is"},
      {with([](Scheme& s) { s.signed_content = SignedContent("{body}"); }),
       "a timestamp that is not signed proves nothing: {timestamp} must be"},
      {with([](Scheme& s) { s.signed_content = SignedContent("{id}{timestamp}"); }),
       "nothing says where {id} is"},
      {with([](Scheme& s) { s.id_header = {"Id"}; }),
       "an id that is not signed proves nothing: {id} must be"},
      {with([](Scheme& s) { s.signed_content = SignedContent("{timestamp}{url}"); }),
       "nothing says what {url} is"},
      {with([](Scheme& s) { s.tolerance = {}; }), "the tolerance must be more than 0 seconds"},
  };
  const auto refusal = [](const Scheme& scheme, bool has_key) -> std::string {
    std::vector<SignatureKey> keys;
    if (has_key) {
      keys.emplace_back(scheme.algorithm, KeyEncoding::TEXT, "secret");
    }
    try {
      const Verifier verifier(scheme, std::move(keys));
    } catch (const std::invalid_argument& e) {
      return e.what();
    }
    return "";
  };
  BOOST_TEST(refusal(k_stripe, true) == "");
  BOOST_TEST(refusal(k_stripe, false) == "there is no secret");
  for (const auto& [scheme, why] : cases) {
    BOOST_TEST(refusal(scheme, true) == why);
  }
}

BOOST_AUTO_TEST_CASE(a_plain_digest_has_the_secret_among_what_is_signed) {
  // PayU's: SHA-256 of "{body}{key}"
  std::vector<SignatureKey> keys;
  keys.emplace_back(Algorithm::SHA256, KeyEncoding::TEXT, "wrong");
  keys.emplace_back(Algorithm::SHA256, KeyEncoding::TEXT, "c");
  const Verifier verifier({.algorithm = Algorithm::SHA256,
                           .signed_content = SignedContent("{body}{secret}"),
                           .signature_header = {"S"}},
                          std::move(keys));
  // FIPS 180's "abc"
  const std::string right = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  BOOST_TEST(verdict(verifier, {{{"S", right}}, "ab", 0}) == "right");
  BOOST_TEST(verdict(verifier, {{{"S", right}}, "abc", 0}) != "right");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
