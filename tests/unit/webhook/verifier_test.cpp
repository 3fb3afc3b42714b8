#include "webhook/verifier.h"

#include <boost/test/unit_test.hpp>
#include <tuple>
#include <utility>

#include "tests/unit/webhook/delivery.h"

namespace payhook::test {

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

const Scheme k_stripe{.signed_content = SignedContent("{timestamp}.{body}"),
                      .signature_header = {"Stripe-Signature"},
                      .signature_label = "v1=",
                      .separator = ",",
                      .timestamp_label = "t="};

std::vector<Secret> secrets(Algorithm algorithm, const std::vector<std::string>& texts) {
  std::vector<Secret> result;
  for (const std::string& text : texts) {
    result.push_back({SignatureKey(algorithm, KeyEncoding::TEXT, text)});
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verifiers)

BOOST_AUTO_TEST_CASE(headers_that_nobody_sends_in_earnest_are_refused_with_why) {
  const std::string right = "f0bdba6d4eacbd8ad8a3bbadd7248e633ec1477f7899c124c51b39405fa36613";
  std::string many = "t=1";
  for (int i = 0; i < 17; ++i) {
    many += ",v1=" + right;
  }
  const std::pair<Headers, std::string> cases[] = {
      {Headers{}, "no header Stripe-Signature"},
      {{{"Stripe-Signature", ""}}, "no header Stripe-Signature"},
      {{{"Stripe-Signature", "t=1,v1="}}, "there is no signature that can be read"},
      {{{"Stripe-Signature", "t=1,v1=\xc3\xa9\xc3\xa9"}}, "there is no signature that can be read"},
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
  const Verifier verifier(k_stripe, secrets(Algorithm::HMAC_SHA256, {"webhook_secret"}));
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
       "nothing says which header or field has the signature"},
      {with([](Scheme& s) { s.signature_field = "/signature"; }),
       "the signature is in a header or in a field, not in both"},
      {with([](Scheme& s) { s.items = "/items"; }),
       "items are signed only where a field of each has its signature"},
      {with([](Scheme& s) { s.signed_content = SignedContent("{timestamp}{/id}"); }),
       "fields of the body are signed only where a field has the signature"},
      {with([](Scheme& s) {
         s.signature_header.clear();
         s.signature_field = "/signature";
       }),
       "a time or an id is signed only where a header has the signature"},
      {with([](Scheme& s) {
         s.signature_header.clear();
         s.timestamp_label.clear();
         s.signed_content = SignedContent("{body}");
         s.signature_field = "/signature";
       }),
       "a field has one signature: a separator is for headers"},
      {with([](Scheme& s) { s.algorithm = Algorithm::TOKEN; }),
       "a token is sent as it is: encoding = \"text\""},
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
      {with([](Scheme& s) { s.tolerance = {}; }), "the tolerance must be more than 0 seconds"},
  };
  const auto refusal = [](const Scheme& scheme, bool has_secret) -> std::string {
    try {
      const Verifier verifier(
          scheme, has_secret ? secrets(scheme.algorithm, {"secret"}) : std::vector<Secret>());
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
  const Verifier verifier({.algorithm = Algorithm::SHA256,
                           .signed_content = SignedContent("{body}{secret}"),
                           .signature_header = {"S"}},
                          secrets(Algorithm::SHA256, {"wrong", "c"}));
  // FIPS 180's "abc"
  const std::string right = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  BOOST_TEST(verdict(verifier, {{{"S", right}}, "ab", 0}) == "right");
  BOOST_TEST(verdict(verifier, {{{"S", right}}, "abc", 0}) != "right");
}

BOOST_AUTO_TEST_CASE(each_item_has_a_signature_of_its_own) {
  const Verifier verifier({.algorithm = Algorithm::TOKEN,
                           .signature_field = "/by",
                           .items = "/items",
                           .signature_encoding = Encoding::TEXT},
                          secrets(Algorithm::TOKEN, {"old", "new"}));
  const auto verdict_of = [&verifier](const std::string& body) {
    return verdict(verifier, {{}, body, 0});
  };
  BOOST_TEST(verdict_of(R"({"items": [{"by": "new"}, {"by": "o\u006cd"}]})") == "right");
  const std::pair<const char*, const char*> cases[] = {
      {"", "the body has no signature"},
      {"{", "the body has no signature"},
      {R"({"items": [{"by": "new"}]} )"
       "x",
       "the body has no signature"},
      {"{}", "the body has no item that is signed"},
      {R"({"items": []})", "the body has no item that is signed"},
      {R"({"items": {"by": "new"}})", "the body has no item that is signed"},
      {R"({"items": [{"by": "new"}, {}]})", "the body has no signature"},
      {R"({"items": [{"by": "new"}, 7]})", "the body has no signature"},
      {R"({"items": [{"by": "new"}, {"by": null}]})", "the body has no signature"},
      {R"({"items": [{"by": "new"}, {"by": ["new"]}]})", "the body has no signature"},
      {R"({"items": [{"by": "new"}, {"by": "other"}]})",
       "no signature is right for any of the secrets"},
      {R"({"items": [{"by": "other", "by": "new"}]})", "the body has no signature"},
  };
  for (const auto& [body, why] : cases) {
    BOOST_TEST_CONTEXT(body) { BOOST_TEST(verdict_of(body) == why); }
  }
}

BOOST_AUTO_TEST_CASE(a_secret_counts_between_its_times) {
  std::vector<Secret> two = secrets(Algorithm::TOKEN, {"new", "old"});
  two[0].not_before = Timestamp(std::chrono::milliseconds(1000));
  two[1].not_after = Timestamp(std::chrono::milliseconds(2000));
  const Verifier verifier({.algorithm = Algorithm::TOKEN,
                           .signature_header = {"Token"},
                           .signature_encoding = Encoding::TEXT},
                          std::move(two));
  const auto number = [&verifier](const std::string& token, std::int64_t clock) {
    const Delivery delivery{{{"Token", token}}, "", clock};
    try {
      return static_cast<int>(verifier.verify(
          delivery.request(), Timestamp(std::chrono::milliseconds(delivery.clock))));
    } catch (const InvalidSignature&) {
      return -1;
    }
  };
  const std::tuple<const char*, std::int64_t, int> cases[] = {
      {"new", 999, -1}, {"new", 1000, 0}, {"new", 9999, 0},
      {"old", 999, 1},  {"old", 2000, 1}, {"old", 2001, -1},
  };
  for (const auto& [token, clock, expected] : cases) {
    BOOST_TEST_CONTEXT(token << " at " << clock) { BOOST_TEST(number(token, clock) == expected); }
  }
}

BOOST_AUTO_TEST_CASE(a_time_of_signing_may_be_written_in_several_ways) {
  const auto verdict_of = [](TimestampUnit unit, const std::string& time) {
    const Verifier verifier({.algorithm = Algorithm::SHA256,
                             .signed_content = SignedContent("[{body}]{secret}{timestamp}"),
                             .signature_header = {"S"},
                             .timestamp_header = {"T"},
                             .timestamp_unit = unit},
                            secrets(Algorithm::SHA256, {"s"}));
    const Delivery delivery{{{"S", std::string(64, '0')}, {"T", time}}, "", 1'700'000'000'000};
    return verdict(verifier, delivery);
  };
  const auto* const in_time = "no signature is right for any of the secrets";
  const std::tuple<TimestampUnit, std::string, std::string> cases[] = {
      {TimestampUnit::SECONDS, "1700000300", in_time},
      {TimestampUnit::MILLISECONDS, "1700000300000", in_time},
      {TimestampUnit::MILLISECONDS, "1699999699999", "signed 300 s before its arrival"},
      {TimestampUnit::RFC3339, "2023-11-14T22:13:20Z", in_time},
      {TimestampUnit::RFC3339, "2023-11-14T23:13:20.5+01:00", in_time},
      {TimestampUnit::RFC3339, "2023-11-14T22:13:20+01:00", "signed 3600 s before its arrival"},
      {TimestampUnit::RFC3339, "1700000000", "no timestamp that can be read"},
      {TimestampUnit::UNCHECKED, "whenever", in_time},
  };
  for (const auto& [unit, time, why] : cases) {
    BOOST_TEST_CONTEXT(time) { BOOST_TEST(verdict_of(unit, time) == why); }
  }
}

BOOST_AUTO_TEST_CASE(what_a_scheme_leaves_open_is_told) {
  const std::tuple<Algorithm, const char*, std::vector<std::string>> cases[] = {
      {Algorithm::HMAC_SHA256, "{body}", {}},
      {Algorithm::TOKEN, "{body}", {"nothing is signed: who learns the secret can send anything"}},
      {Algorithm::RSA_SHA256,
       "{body_crc32}",
       {"only a CRC-32 of the body is signed: who has one webhook can make another of it"}},
      {Algorithm::HMAC_SHA256,
       "{header:X}",
       {"the body is not signed: who has one webhook can make another of it"}},
      {Algorithm::SHA512,
       "{/id}{secret}",
       {"only some fields of the body are signed: the others prove nothing",
        "a plain digest with a secret in it is weaker than an HMAC"}},
  };
  for (const auto& [algorithm, content, weaknesses] : cases) {
    BOOST_TEST(weaknesses_of({.algorithm = algorithm, .signed_content = SignedContent(content)}) ==
                   weaknesses,
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
