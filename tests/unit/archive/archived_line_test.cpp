#include "archive/archived_line.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/fake_store.h"

namespace payhook::test {

namespace {

FinishedTransaction finished() {
  const Timestamp came = parse_timestamp("2025-11-08T14:30:00.001Z");
  return {{7,
           "stripe",
           {Transaction("pi \"1\"", "a", "b", Amount::restore("1234567890123.45", 123456789012345),
                        "INR"),
            "PROCESSED", came, came + std::chrono::seconds{30}, 1, std::nullopt},
           std::nullopt,
           "192.0.2.1"},
          {R"({"id": 1})", "webhook-id: 7\nx: y"},
          {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(archived_lines)

BOOST_AUTO_TEST_CASE(a_line_has_all_of_a_transaction_and_its_amount_exactly) {
  BOOST_TEST(archived_line(finished()) ==
             R"({"number": 7, "source": "stripe", "transaction_id": "pi \"1\"", )"
             R"("source_account": "a", "destination_account": "b", "amount": 1234567890123.45, )"
             R"("currency": "INR", "status": "PROCESSED", )"
             R"("created_at": "2025-11-08T14:30:00.001Z", )"
             R"("processed_at": "2025-11-08T14:30:30.001Z", "last_error": null, )"
             R"("remote_address": "192.0.2.1", "headers": "webhook-id: 7\u000ax: y", )"
             R"("body": "{\"id\": 1}", "attempts": []})"
             "\n");
}

BOOST_AUTO_TEST_CASE(attempts_and_bytes_that_are_no_text_are_kept_too) {
  FinishedTransaction transaction = finished();
  transaction.row.stored.last_error = "no route";
  transaction.webhook.body = "\xff";
  const Timestamp at = transaction.row.stored.created_at;
  transaction.attempts = {{1, at, at, "RETRY", "exit status 1", "\xfe"},
                          {2, at, at, "PROCESSED", "", "done\n"}};
  const std::string line = archived_line(transaction);
  BOOST_TEST(line.find(R"("last_error": "no route", )") != line.npos, line);
  BOOST_TEST(line.find(R"("body_base64": "/w==", "attempts": [{"number": 1, )") != line.npos, line);
  BOOST_TEST(line.ends_with(
                 R"("outcome": "RETRY", "reason": "exit status 1", "output_base64": "/g=="}, )"
                 R"({"number": 2, "started_at": "2025-11-08T14:30:00.001Z", )"
                 R"("ended_at": "2025-11-08T14:30:00.001Z", "outcome": "PROCESSED", "reason": "", )"
                 R"("output": "done\u000a"}]})"
                 "\n"),
             line);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
