// The senders' own deliveries, by the presets that ship.

#include "webhook/presets.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include "service/config/config.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/webhook/delivery.h"
#include "tests/unit/webhook/published_vectors.h"
#include "webhook/signer.h"

namespace payhook::test {

namespace {

// GitHub's and Slack's: senders without a preset, which an admin shapes.
constexpr auto k_github = R"(
preset = "generic"
signature.header = "X-Hub-Signature-256"
signature.label = "sha256="
)";
constexpr auto k_slack = R"(
preset = "generic"
signature.header = "X-Slack-Signature"
signature.label = "v0="
signature.signed = "v0:{timestamp}:{body}"
signature.timestamp_header = "X-Slack-Request-Timestamp"
)";

std::string preset(const std::string& name) { return fmt::format("preset = \"{}\"\n", name); }

/// By the names of the vectors' schemes.
const std::map<std::string, std::string> k_settings{
    {"adyen", preset("adyen")},
    {"adyen-platform", preset("adyen-platform")},
    {"authorize-net", preset("authorize-net")},
    {"coinbase-commerce", preset("coinbase-commerce")},
    {"coinify", preset("coinify")},
    {"github", k_github},
    {"gocardless", preset("gocardless")},
    {"midtrans", preset("midtrans")},
    {"monnify", preset("monnify")},
    {"paddle", preset("paddle")},
    {"paypal", preset("paypal")},
    {"payu-emea", preset("payu")},
    {"paystack", preset("paystack")},
    {"phonepe", preset("phonepe")},
    {"razorpay", preset("razorpay")},
    {"revolut", preset("revolut")},
    {"shopify", preset("shopify")},
    {"slack", k_slack},
    {"square", preset("square")},
    {"standard-webhooks", preset("standard-webhooks")},
    {"standard-webhooks v1a", preset("standard-webhooks-v1a")},
    {"stripe", preset("stripe")},
    {"svix", preset("svix")},
    {"wise", preset("wise")},
    {"worldline", preset("worldline")},
};

/// A configured source, with its secrets in files.
class ConfiguredSource {
 public:
  ConfiguredSource(const std::string& settings, const std::vector<std::string>& secrets) {
    const std::filesystem::path file = m_directory.path() / "source.toml";
    std::string names;
    for (const std::string& secret : secrets) {
      const auto path = m_directory.path() / fmt::format("secret-{}", names.size());
      std::ofstream(path) << secret << '\n';
      ::chmod(path.c_str(), 0600);
      names += fmt::format("\"{}\", ", path.string());
    }
    std::ofstream(file) << fmt::format("[[source]]\nname = \"it\"\nsecrets = [{}]\n", names)
                        << settings;
    m_source = load_config({&file, 1}).sources.front();
  }

  const Source& operator*() const { return *m_source; }
  const Source* operator->() const { return m_source.get(); }

 private:
  TemporaryDirectory m_directory;
  std::shared_ptr<const Source> m_source;
};

/// A delivery as it was published, and those of its variants that it describes by what differs:
/// other headers, another body, other secrets, another clock.
class Published {
 public:
  Published(const Json::Value& vector, const std::string& settings)
      : m_vector(vector), m_settings(settings) {}

  void check() const {
    BOOST_TEST_CONTEXT(m_vector["name"].asString()) {
      BOOST_TEST(verdict({}) == "right");
      check_signing();
      for (const Json::Value& variant : m_vector["variants"]) {
        if (is_described(variant)) {
          BOOST_TEST_CONTEXT(variant["why"].asString()) {
            BOOST_TEST((verdict(variant) == "right") == (variant["expect"] == "accept"));
          }
        }
      }
    }
  }

 private:
  /// Whoever signs it as its sender does comes to what was published, digit for digit.
  void check_signing() const {
    const ConfiguredSource source(m_settings + values(), secrets({}));
    const Scheme& scheme = source->verifier->scheme();
    const SignatureKey& key = source->verifier->secrets().front().key;
    if (!key.can_sign()) {
      return;
    }
    const Delivery published = delivery({});
    OutgoingWebhook webhook{published.query, {}, published.body};
    for (const auto& [name, value] : published.headers) {
      if (!is_signature(scheme, name)) {
        webhook.headers.emplace_back(name, value);
      }
    }
    sign(webhook, scheme, key, "", Timestamp(std::chrono::milliseconds(published.clock)));
    const std::string ours = signature_in(webhook.body, webhook.headers, scheme);
    const std::string theirs = signature_in(published.body, published.headers, scheme);
    for (std::size_t begin = 0; begin < ours.size();) {
      const std::size_t end =
          scheme.separator.empty() ? ours.npos : ours.find(scheme.separator, begin);
      const std::string entry = ours.substr(begin, end - begin);
      BOOST_TEST(theirs.find(entry) != theirs.npos, entry << " is not in " << theirs);
      begin = end == ours.npos ? end : end + scheme.separator.size();
    }
  }

  static bool is_signature(const Scheme& scheme, const std::string& header) {
    return std::any_of(
        scheme.signature_header.begin(), scheme.signature_header.end(),
        [&](const auto& name) { return in_lower_case(name) == in_lower_case(header); });
  }

  /// In lower case: the header, or the body that has it.
  static std::string signature_in(const std::string& body,
                                  const std::vector<std::pair<std::string, std::string>>& headers,
                                  const Scheme& scheme) {
    for (const auto& [name, value] : headers) {
      if (is_signature(scheme, name)) {
        return in_lower_case(value);
      }
    }
    return in_lower_case(body);
  }

  static bool is_described(const Json::Value& variant) {
    return variant.isMember("headers") || variant.isMember("body") || variant.isMember("secrets") ||
           variant.isMember("clock");
  }

  std::string verdict(const Json::Value& variant) const {
    const ConfiguredSource source(m_settings + values(), secrets(variant));
    return test::verdict(*source->verifier, delivery(variant));
  }

  std::string values() const {
    const std::string url = m_vector["url"].asString();
    const std::string webhook_id = m_vector["webhook_id"].asString();
    return fmt::format(
        "{}{}", url.empty() ? "" : fmt::format("values.url = \"{}\"\n", url),
        webhook_id.empty() ? "" : fmt::format("values.webhook_id = \"{}\"\n", webhook_id));
  }

  std::vector<std::string> secrets(const Json::Value& variant) const {
    std::vector<std::string> secrets;
    for (const Json::Value& secret : variant["secrets"]) {
      secrets.push_back(secret.asString());
    }
    if (secrets.empty()) {
      for (const Json::Value& secret :
           {m_vector["secret_as_issued"], m_vector["fields"]["server_key (secret, last)"],
            m_vector["key"]}) {
        if (secrets.empty() && secret.isString()) {
          secrets.push_back(secret.asString());
        }
      }
    }
    return secrets;
  }

  Delivery delivery(const Json::Value& variant) const {
    Json::Value headers = m_vector["headers"];
    for (const auto& name : variant["headers"].getMemberNames()) {
      headers[name] = variant["headers"][name];
    }
    Delivery result{{}, body(variant), clock(variant)};
    for (const auto& name : headers.getMemberNames()) {
      result.headers.emplace_back(name, headers[name].asString());
    }
    return result;
  }

  /// Of Adyen one item is published, or only its eight values.
  std::string body(const Json::Value& variant) const {
    std::string body = variant.get("body", m_vector["body"]).asString();
    if (m_vector["scheme"] != "adyen") {
      return body;
    }
    if (body.empty()) {
      Json::Value item = m_vector["fields"];
      item["amount"]["value"] = item["amount.value"];
      item["amount"]["currency"] = item["amount.currency"];
      item["additionalData"]["hmacSignature"] = m_vector["signature"];
      body = Json::FastWriter().write(item);
    }
    return R"({"notificationItems": [{"NotificationRequestItem": )" + body + "}]}";
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
  const std::string& m_settings;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(the_presets)

BOOST_AUTO_TEST_CASE(published_deliveries_and_their_variants_are_judged_as_published) {
  int checked = 0;
  std::set<std::string> left;
  for_each_published_vector([&](const Json::Value& vector) {
    const std::string name =
        vector["scheme"].asString() + (vector["algorithm"] == "ed25519" ? " v1a" : "");
    // PayU's MD5 and SHA-384 are other settings of its.
    const bool is_for_another = name == "payu-emea" && vector["algorithm"] != "sha256";
    if (const auto settings = k_settings.find(name);
        settings != k_settings.end() && !is_for_another) {
      Published(vector, settings->second).check();
      ++checked;
    } else {
      left.insert(name);
    }
  });
  BOOST_TEST_MESSAGE(fmt::format("without a preset: {}", fmt::join(left, ", ")));
  BOOST_TEST(checked == 62);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
