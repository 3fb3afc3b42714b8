#include "service/incoming_webhooks.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "tests/unit/service/configured.h"

namespace payhook::test {

namespace {

std::string item(const std::string& reference, const std::string& currency, int value) {
  return fmt::format(
      R"({{"NotificationRequestItem":{{"amount":{{"currency":"{}","value":{}}},)"
      R"("eventCode":"AUTHORISATION","merchantAccountCode":"shop","merchantReference":"order",)"
      R"("pspReference":"{}","success":"true"}}}})",
      currency, value, reference);
}

/// What the webhooks of Adyen's items are, each as "id [headers]" or "why [headers]".
std::vector<std::string> webhooks_of(const std::string& items) {
  const auto source = configured("preset = \"adyen\"\n", "0badc0de");
  std::vector<std::string> told;
  for (const IncomingWebhook& webhook : incoming_webhooks(
           {.body = fmt::format(R"({{"live":"true","notificationItems":[{}]}})", items),
          .packaging = {"application/json", ""},
          .headers = "user-agent: Adyen",
          .remote_address = "192.0.2.1",
          .received_at = {}},
           *source, Currencies(), false)) {
    const auto* const payment = std::get_if<StatedPayment>(&webhook.content);
    told.push_back(fmt::format("{} [{}]",
                               payment != nullptr ? payment->transaction.transaction_id()
                                                  : std::get<Unreadable>(webhook.content).reason,
                               webhook.headers));
  }
  return told;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(webhooks_of_a_request)

BOOST_AUTO_TEST_CASE(headers_stand_with_the_first_of_several_and_with_what_is_to_be_read_again) {
  using Told = std::vector<std::string>;
  const std::string good = item("a", "EUR", 100) + ',' + item("b", "EUR", 200);
  BOOST_TEST(webhooks_of(item("a", "EUR", 100)) == Told{"it:a:AUTHORISATION [user-agent: Adyen]"},
             boost::test_tools::per_element());
  BOOST_TEST(webhooks_of(good) ==
                 (Told{"it:a:AUTHORISATION [user-agent: Adyen]", "it:b:AUTHORISATION []"}),
             boost::test_tools::per_element());
  BOOST_TEST(webhooks_of(good + ',' + item("c", "ISK", 1)) ==
                 (Told{"it:a:AUTHORISATION [user-agent: Adyen]", "it:b:AUTHORISATION []",
                       "Invalid amount: ISK has 0 decimal places [user-agent: Adyen]"}),
             boost::test_tools::per_element());
  BOOST_TEST(webhooks_of(item("c", "ISK", 1)) ==
                 Told{"Invalid amount: ISK has 0 decimal places [user-agent: Adyen]"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
