#include "daemon/handlers/delivery_text.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/daemon/handlers/deliveries.h"

namespace payhook::test {

BOOST_AUTO_TEST_SUITE(delivery_text)

BOOST_AUTO_TEST_CASE(a_key_is_one_transactions_and_stays_so) {
  // printf 'stripe\npi_1' | sha256sum
  BOOST_TEST(idempotency_key("stripe", "pi_1") == "msg_9398312769f8feb246439fb9ddaf59cc");
  BOOST_TEST(idempotency_key("stripe", "pi_1") != idempotency_key("stripe", "pi_2"));
  BOOST_TEST(idempotency_key("a", "b\nc") != idempotency_key("ab", "c"));
}

BOOST_AUTO_TEST_CASE(a_handler_reads_one_json_object) {
  BOOST_TEST(
      delivery_json(claimed("pi_1", "{\"a\": \"é\"}")) ==
      "{\"idempotency_key\": \"" + idempotency_key("stripe", "pi_1") +
          "\", \"attempt\": 3, \"source\": \"stripe\", \"transaction_id\": \"pi_1\", "
          "\"source_account\": \"acc_1\", \"destination_account\": \"acc_2\", "
          "\"amount\": 12.5, \"currency\": \"EUR\", "
          "\"created_at\": \"2025-11-08T14:31:00.123Z\", \"body\": \"{\\\"a\\\": \\\"é\\\"}\"}");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_no_utf_8_comes_in_base64) {
  const std::string json = delivery_json(claimed("pi_1", std::string("\x1f\x8b\0", 3)));
  BOOST_TEST(json.ends_with("\"body_base64\": \"H4sA\"}"), json);
}

BOOST_AUTO_TEST_CASE(a_program_finds_all_but_the_body_in_its_environment) {
  const std::vector<std::string> expected{
      "PAYHOOK_IDEMPOTENCY_KEY=" + idempotency_key("stripe", "pi $x"),
      "PAYHOOK_ATTEMPT=3",
      "PAYHOOK_SOURCE=stripe",
      "PAYHOOK_TRANSACTION_ID=pi $x",
      "PAYHOOK_SOURCE_ACCOUNT=acc_1",
      "PAYHOOK_DESTINATION_ACCOUNT=acc_2",
      "PAYHOOK_AMOUNT=12.5",
      "PAYHOOK_CURRENCY=EUR",
      "PAYHOOK_CREATED_AT=2025-11-08T14:31:00.123Z"};
  BOOST_TEST(delivery_environment(claimed("pi $x")) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_body_keeps_the_type_that_its_sender_gave_it) {
  BOOST_TEST(content_type_of(claimed()) == "application/json");
  BOOST_TEST(
      content_type_of(claimed("a", "", "x: y\ncontent-type: application/cloudevents+json")) ==
      "application/cloudevents+json");
  BOOST_TEST(content_type_of(claimed("a", "", "content-type: a/b\nx: y")) == "a/b");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
