// The walk-through of the README, with the programs' own defaults.

#include <boost/test/unit_test.hpp>

#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

namespace {

const std::string k_demo = R"({
  "transaction_id": "txn_demo_1",
  "source_account": "acc_user_001",
  "destination_account": "acc_merchant_001",
  "amount": 500,
  "currency": "INR"
})";

std::string status_body(std::string_view status, std::string_view created_at,
                        std::string_view processed_at) {
  std::string body = R"({"transaction_id": "txn_demo_1", "source_account": "acc_user_001", )"
                     R"("destination_account": "acc_merchant_001", "amount": 500.0, )"
                     R"("currency": "INR", "status": ")";
  body.append(status).append(R"(", "created_at": ")").append(created_at);
  return body.append(R"(", "processed_at": )").append(processed_at).append("}");
}

/// As the API shows a time of the store: "2025-11-08T14:31:00.123Z" in whole seconds.
std::string in_seconds(const std::string& time) { return time.substr(0, 19) + "Z"; }

}  // namespace

BOOST_AUTO_TEST_CASE(a_transaction_is_processing_at_once_and_processed_30_seconds_later) {
  TestedStack stack;
  stack.start();
  HttpClient client = stack.client();

  const Response health = client.get("/");
  BOOST_TEST(health.status == 200);
  BOOST_TEST(health.body.starts_with(R"({"status": "HEALTHY", "current_time": "20)"));

  const Response received = client.post_json(k_webhooks, k_demo);
  BOOST_TEST(received.status == 202);
  BOOST_TEST(received.body == k_received);

  const Database database(stack.database());
  const std::string created_at = database.text("SELECT created_at FROM transactions");
  BOOST_TEST(client.get(path_of("txn_demo_1")).body ==
             status_body("PROCESSING", in_seconds(created_at), "null"));

  BOOST_TEST(client.post_json(k_webhooks, k_demo).status == 202);
  BOOST_TEST(client.post_json(k_webhooks, k_demo).body == k_received);
  const Response invalid = client.post_json(k_webhooks, R"({"transaction_id": "txn_demo_2"})");
  BOOST_TEST(invalid.status == 400);
  BOOST_TEST(invalid.body == R"({"message": "Missing required fields"})");
  BOOST_TEST(client.get(path_of("txn_demo_2")).status == 404);
  BOOST_TEST(database.number("SELECT count(*) FROM transactions") == 1);

  BOOST_REQUIRE(
      eventually([&] { return database.text("SELECT status FROM transactions") == "PROCESSED"; },
                 std::chrono::seconds{60}));
  BOOST_TEST(database.text("SELECT created_at FROM transactions") == created_at);
  const std::string processed_at = database.text("SELECT processed_at FROM transactions");
  BOOST_TEST(
      client.get(path_of("txn_demo_1")).body ==
      status_body("PROCESSED", in_seconds(created_at), '"' + in_seconds(processed_at) + '"'));
  const auto milliseconds = database.number(
      "SELECT round((julianday(processed_at) - julianday(created_at)) * 86400000) "
      "FROM transactions");
  BOOST_TEST(milliseconds >= 30'000);
}

}  // namespace payhook::test
