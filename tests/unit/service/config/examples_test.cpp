// The configurations and bodies of docs/examples, each of which states one payment, and those of
// handlers.

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <set>

#include "service/config/config.h"
#include "tests/support/temporary_directory.h"

namespace payhook::test {

namespace {

const std::filesystem::path k_examples = PAYHOOK_SOURCE_DIR "/docs/examples";

// Of a certificate nothing but the public key is used.
constexpr auto k_public_key =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANUe0h5h7IfYYQO9Di/V/PgzAwIHhBKt\n"
    "xnt2bUcjg7Mi5qCJFrKpHYnatHPeMO94ZP3cVnP+5iXww64iHSDIHRkCAwEAAQ==\n"
    "-----END PUBLIC KEY-----\n";

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file);
  BOOST_REQUIRE(stream.is_open());
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// An example as it is copied to a host: below sources.d, with its secret below secrets.
std::shared_ptr<const Source> installed(const std::string& name) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "sources.d" / (name + ".toml");
  std::filesystem::create_directories(directory.path() / "sources.d");
  std::filesystem::create_directories(directory.path() / "secrets");
  std::filesystem::copy_file(k_examples / (name + ".toml"), file);
  const std::string toml = contents(file);
  const auto begin = toml.find("../secrets/") + 11;
  const auto secret =
      directory.path() / "secrets" / toml.substr(begin, toml.find('"', begin) - begin);
  std::ofstream(secret) << (name == "paypal"  ? k_public_key
                            : name == "adyen" ? "0123456789abcdef"
                                              : "c2VjcmV0IG9mIGFuIGV4YW1wbGU=");
  ::chmod(secret.c_str(), 0600);
  return load_config({&file, 1}).sources.front();
}

using Values = std::array<std::string, 5>;

Values values_of(const Transaction& transaction) {
  return {transaction.transaction_id(), transaction.source_account(),
          transaction.destination_account(), transaction.amount().decimal(),
          transaction.currency()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_examples)

BOOST_AUTO_TEST_CASE(each_body_states_the_payment_that_it_should) {
  const std::pair<const char*, Values> cases[] = {
      {"stripe",
       {"stripe:pi_3NG8Du2eZvKYlo2C1Xq1vXWy", "cus_NffrFeUfNV2Hib", "stripe", "20.0", "USD"}},
      {"paypal", {"paypal:27M47624FP291604U", "guest", "8RJB7A4DXMDCJ", "2.51", "USD"}},
      {"razorpay",
       {"razorpay:pay_DESlfW9H8K9uqM", "cust_DitrYCFtCIokBO", "acc_BFQ7uQEaa7j2z7", "1.0", "INR"}},
      {"adyen",
       {"adyen:7914073381342284:AUTHORISATION", "order-1001", "TestMerchant", "11.3", "EUR"}},
      {"shopify", {"shopify:820982911946154508", "115310627314723954", "shopify", "388.0", "USD"}},
      {"square", {"square:hYy9pRFVxpDsO1FB05SunFWUe9JZY", "guest", "6SSW7HV8K2ST5", "1.0", "USD"}},
      {"standard-webhooks", {"shop:inv_1f81eb52", "cus_7f", "shop", "1234567890123456.78", "EUR"}},
  };
  std::set<std::string> tested;
  for (const auto& [name, expected] : cases) {
    BOOST_TEST_CONTEXT(name) {
      const std::string body = contents(k_examples / (std::string(name) + ".json"));
      const Statements read = installed(name)->read(body, Currencies());
      BOOST_TEST(!read.why_not_all);
      std::vector<Values> payments;
      for (const Statement& statement : read.statements) {
        if (const auto* transaction = std::get_if<Transaction>(&statement.content)) {
          payments.push_back(values_of(*transaction));
        }
      }
      BOOST_REQUIRE(payments.size() == 1U);
      BOOST_TEST(payments.front() == expected, boost::test_tools::per_element());
      tested.insert(std::string(name) + ".toml");
    }
  }
  for (const auto& entry : std::filesystem::directory_iterator(k_examples)) {
    if (entry.path().extension() == ".toml") {
      BOOST_TEST(tested.count(entry.path().filename().string()) == 1U, entry.path());
    }
  }
}

BOOST_AUTO_TEST_CASE(each_configuration_of_a_handler_is_accepted) {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory.path() / "conf.d");
  std::filesystem::create_directories(directory.path() / "secrets");
  for (const std::string secret : {"ledger", "shop", "stripe"}) {
    const auto file = directory.path() / "secrets" / secret;
    std::ofstream(file) << "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    ::chmod(file.c_str(), 0600);
  }
  for (const std::string name : {"exec", "http", "sources"}) {
    BOOST_TEST_CONTEXT(name) {
      const auto file = directory.path() / "conf.d" / (name + ".toml");
      std::filesystem::copy_file(k_examples / "handlers" / (name + ".toml"), file);
      const Config config = load_config({&file, 1});
      BOOST_TEST(config.handlers.has_any());
      BOOST_TEST(std::holds_alternative<HttpHandler>(config.handlers.of("default")->what) ==
                 (name == "http"));
    }
  }
  for (const auto& entry : std::filesystem::directory_iterator(k_examples / "handlers")) {
    BOOST_TEST((entry.path().extension() != ".toml" ||
                std::filesystem::exists(directory.path() / "conf.d" / entry.path().filename())),
               entry.path());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
