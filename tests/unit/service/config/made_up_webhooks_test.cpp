// What is made up for a source: each preset finds its own signature right, and reads the payment.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "payment/invalid_field.h"
#include "tests/unit/service/configured.h"
#include "webhook/presets.h"
#include "webhook/sample_body.h"
#include "webhook/signer.h"

namespace payhook::test {

namespace {

const Timestamp k_now{std::chrono::milliseconds{1'764'000'000'123}};

std::shared_ptr<const Source> of_preset(const Preset& preset) {
  const bool is_hexadecimal = preset.toml.find("key_encoding = \"hex\"") != preset.toml.npos;
  return configured(
      fmt::format("preset = \"{}\"\nvalues = {{ url = \"https://x.test/\" }}\n", preset.name),
      is_hexadecimal ? "0badc0de" : "whsec_c2VjcmV0");
}

/// Signed by its sender, and then found right or not: why.
std::string verdict(const Source& source, OutgoingWebhook& webhook, Timestamp now = k_now) {
  try {
    sign(webhook, source.verifier->scheme(), source.verifier->secrets().front().key, "msg_1", now);
    source.verifier->verify(webhook.request(), k_now);
  } catch (const std::exception& e) {
    return e.what();
  }
  return "right";
}

/// "PAYMENT it:id from to 5.0 EUR" for example, or "EVENT type".
std::string statement(const Source& source, const std::string& body) {
  const Statements read = source.read(body, Currencies());
  BOOST_REQUIRE(read.statements.size() == 1U);
  BOOST_TEST(!read.why_not_all);
  const auto& content = read.statements.front().content;
  if (const auto* payment = std::get_if<Transaction>(&content)) {
    return fmt::format("{} {} {} {} {}", payment->transaction_id(), payment->source_account(),
                       payment->destination_account(), payment->amount().decimal(),
                       payment->currency());
  }
  return "EVENT " + std::get<OtherEvent>(content).type;
}

const SamplePayment k_payment{"id-1", "anne", "shop", "12.50", "EUR"};

}  // namespace

BOOST_AUTO_TEST_SUITE(made_up_webhooks)

BOOST_AUTO_TEST_CASE(each_preset_finds_right_what_is_signed_as_it_says) {
  // Their keys are public ones.
  const std::set<std::string_view> asymmetric{"paypal", "standard-webhooks-v1a", "wise"};
  for (const Preset& preset : presets()) {
    if (asymmetric.contains(preset.name)) {
      continue;
    }
    BOOST_TEST_CONTEXT(preset.name) {
      const auto source = of_preset(preset);
      OutgoingWebhook webhook{"data.id=7", {}, sample_body(*source, k_payment, Currencies())};
      BOOST_TEST(verdict(*source, webhook) == "right");
      OutgoingWebhook changed = webhook;
      changed.body += ' ';
      const auto judged = [&source](const OutgoingWebhook& one, Timestamp now) {
        try {
          source->verifier->verify(one.request(), now);
        } catch (const InvalidSignature&) {
          return false;
        }
        return true;
      };
      using enum SignedContent::Place;
      const Scheme& scheme = source->verifier->scheme();
      BOOST_TEST(judged(changed, k_now) ==
                 (scheme.algorithm == Algorithm::TOKEN || !scheme.signed_content.has(BODY)));
      const bool has_time = source->verifier->signed_at(webhook.request()).has_value();
      BOOST_TEST(judged(webhook, k_now + scheme.tolerance * 2) == !has_time);
    }
  }
}

BOOST_AUTO_TEST_CASE(each_preset_reads_the_payment_that_was_made_up_for_it) {
  const std::map<std::string_view, std::string> unlike{
      {"adyen", "it:id-1:AUTHORISATION anne shop 12.5 EUR"},
      {"adyen-platform", "EVENT payhook.test"},
      {"authorize-net", "EVENT payhook.test"},
      {"cashfree", "it:id-1 anne cashfree 12.5 EUR"},
      {"coinbase-commerce", "it:id-1 anne coinbase 12.5 EUR"},
      {"coinify", "EVENT payhook.test"},
      {"dwolla", "EVENT payhook.test"},
      {"flutterwave-v4", "it:id-1 anne flutterwave 12.5 EUR"},
      {"gocardless", "EVENT payhook.test.x"},
      {"lemonsqueezy", "it:order:id-1 anne shop 12.5 EUR"},
      {"mercadopago", "EVENT payhook.test"},
      {"midtrans", "EVENT payhook.test"},
      {"monnify", "it:id-1 anne monnify 12.5 EUR"},
      {"paddle", "it:id-1 anne paddle 12.5 EUR"},
      {"paystack", "it:id-1 anne paystack 12.5 EUR"},
      {"phonepe", "it:id-1:COMPLETED anne shop 12.5 INR"},
      {"revolut", "EVENT payhook.test"},
      {"shopify", "it:id-1 anne shopify 12.5 EUR"},
  };
  for (const Preset& preset : presets()) {
    if (preset.toml.find("\"pem\"") != preset.toml.npos || preset.name == "standard-webhooks-v1a") {
      continue;
    }
    BOOST_TEST_CONTEXT(preset.name) {
      const auto source = of_preset(preset);
      const auto expected = unlike.find(preset.name);
      BOOST_TEST(statement(*source, sample_body(*source, k_payment, Currencies())) ==
                 (expected == unlike.end() ? "it:id-1 anne shop 12.5 EUR" : expected->second));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_scheme_of_one_s_own_is_mirrored_in_each_part) {
  const auto header_of = [](const OutgoingWebhook& webhook, const std::string& name) {
    const auto values = webhook.request().header(name);
    return values.empty() ? std::string() : std::string(values.front());
  };
  const std::string settings = R"(
    [source.signature]
    algorithm = "hmac-sha1"
    signed = "{method} {query:a} {header:X-B} [{header:X-C}!]{id}{timestamp}{body}"
    header = ["X-Sig", "X-Old"]
    encoding = "base64url"
    label = "s="
    separator = "; "
    required_entry = "alg=1"
    id_header = "X-Id"
    timestamp_header = "X-Time"
    timestamp_unit = "rfc3339"
  )";
  const auto source = configured(settings, "k");
  OutgoingWebhook webhook{"a=1%202", {{"x-b", "b"}}, "{}"};
  BOOST_TEST(verdict(*source, webhook) == "right");
  BOOST_TEST(header_of(webhook, "X-Id") == "msg_1");
  BOOST_TEST(header_of(webhook, "X-Time") == "2025-11-24T16:00:00Z");
  BOOST_TEST(header_of(webhook, "X-Sig").starts_with("alg=1; s="));
  BOOST_TEST(source->verifier->signed_bytes(webhook.request()) ==
             "POST 1 2 b msg_12025-11-24T16:00:00Z{}");
  // What is there stays.
  OutgoingWebhook given{"", {{"x-id", "mine"}, {"X-TIME", "2025-11-24T15:59:59Z"}}, "{}"};
  BOOST_TEST(verdict(*source, given) == "right");
  BOOST_TEST(given.headers.size() == 3U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_signed_or_made_up_is_told) {
  const std::string v1a = "preset = \"standard-webhooks-v1a\"\n";
  OutgoingWebhook webhook{"", {}, "{}"};
  BOOST_TEST(verdict(*configured(v1a, "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), webhook)
                 .starts_with("it is signed with a private key"));
  const std::string field = "[source.signature]\nfield = \"/by\"\nsigned = \"{/a}\"\n";
  for (const auto* body : {"", "{}", R"({"by": 1})"}) {
    webhook = {"", {}, body};
    BOOST_TEST(
        verdict(*configured(field, "k"), webhook).starts_with("the body has no text at /by"));
  }
  webhook = {"", {}, R"({"a": "\u0041", "by" : "" })"};
  BOOST_TEST(verdict(*configured(field, "k"), webhook) == "right");
  BOOST_TEST(webhook.body.starts_with(R"({"a": "\u0041", "by" : ")"));
  BOOST_TEST(webhook.body.ends_with("\" }"));
  const auto generic = configured("preset = \"generic\"\n", "k");
  SamplePayment wrong = k_payment;
  wrong.amount = "1.001";
  BOOST_CHECK_THROW(sample_body(*generic, wrong, Currencies()), InvalidField);
}

BOOST_AUTO_TEST_CASE(a_sender_s_own_minor_units_are_its_own) {
  const auto body_of = [](const std::string& amount, const std::string& currency) {
    const auto mapped = configured(R"(
      preset = "generic"
      [source.mapping]
      minor_units = { ISK = 2, CVE = 0 }
      [[source.mapping.payment]]
      transaction_id = "{/id}"
      source_account = "a"
      destination_account = "b"
      amount = "{/amount}"
      amount_unit = "minor"
      currency = "{/currency}"
    )",
                                   "k");
    SamplePayment payment = k_payment;
    payment.amount = amount;
    payment.currency = currency;
    try {
      return sample_body(*mapped, payment, Currencies());
    } catch (const std::invalid_argument& e) {
      return std::string(e.what());
    }
  };
  BOOST_TEST(body_of("5", "ISK") == R"({"id": "id-1", "amount": 500, "currency": "ISK"})");
  BOOST_TEST(body_of("5", "CVE") == R"({"id": "id-1", "amount": 5, "currency": "CVE"})");
  BOOST_TEST(body_of("5.5", "CVE") == "its sender has no such small amounts in CVE");
  BOOST_TEST(body_of("5.5", "EUR") == R"({"id": "id-1", "amount": 550, "currency": "EUR"})");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
