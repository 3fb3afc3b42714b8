#include "ctl/from_flask.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <utility>

namespace payhook::test {

namespace {

FlaskRow plain_row() {
  return {.id = 1,
          .transaction_id = "txn_1",
          .source_account = "a",
          .destination_account = "b",
          .amount = 1500.5,
          .currency = "INR",
          .status = "PROCESSED",
          .created_at = "2025-11-08 14:31:00.123456",
          .processed_at = "2025-11-08 14:31:30.000000"};
}

/// What a row becomes with this changed: its values and remarks.
std::string with(const std::function<void(FlaskRow&)>& change) {
  FlaskRow row = plain_row();
  change(row);
  const Currencies currencies;
  const FromFlask result = from_flask(row, {currencies, std::chrono::seconds{30}, false,
                                            parse_timestamp("2026-11-27T00:00:00.000Z")});
  const std::string remarks = fmt::format("{}", fmt::join(result.remarks, "; "));
  if (!result.transaction) {
    return "none: " + remarks;
  }
  const PastTransaction& past = *result.transaction;
  return fmt::format("{} {} came {} {} {}{}", past.transaction.amount().decimal(),
                     past.transaction.currency(), format_milliseconds(past.created_at),
                     past.processed_at ? "processed" : "due",
                     format_milliseconds(past.processed_at.value_or(past.due_at)),
                     remarks.empty() ? "" : ": " + remarks);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_row_of_the_app_becomes_what_payhook_would_have_made_of_it) {
  const std::pair<std::function<void(FlaskRow&)>, std::string> table[] = {
      {[](FlaskRow&) {},
       "1500.5 INR came 2025-11-08T14:31:00.123Z processed 2025-11-08T14:31:30.000Z"},
      {[](FlaskRow& row) { row.currency = "inr"; },
       "1500.5 INR came 2025-11-08T14:31:00.123Z processed 2025-11-08T14:31:30.000Z"},
      {[](FlaskRow& row) { row.amount = std::int64_t{7}; },
       "7.0 INR came 2025-11-08T14:31:00.123Z processed 2025-11-08T14:31:30.000Z"},
      {[](FlaskRow& row) { row.amount = 0.1 + 0.2; },
       "0.3 INR came 2025-11-08T14:31:00.123Z processed 2025-11-08T14:31:30.000Z: "
       "0.30000000000000004 is taken for 0.30"},
      {[](FlaskRow& row) {
         row.status = "PROCESSING";
         row.processed_at = "";
       },
       "1500.5 INR came 2025-11-08T14:31:00.123Z due 2026-11-27T00:00:00.000Z"},
      {[](FlaskRow& row) { row.status = "PROCESSING"; },
       "1500.5 INR came 2025-11-08T14:31:00.123Z due 2026-11-27T00:00:00.000Z: it has a "
       "processed_at, and is PROCESSING: it is processed"},
      {[](FlaskRow& row) { row.created_at = "2025-11-08 14:31:00"; },
       "1500.5 INR came 2025-11-08T14:31:00.000Z processed 2025-11-08T14:31:30.000Z"},
      {[](FlaskRow& row) { row.created_at = ""; },
       "1500.5 INR came 2025-11-08T14:31:30.000Z processed 2025-11-08T14:31:30.000Z: it has no "
       "created_at: that is taken for its processed_at"},
      {[](FlaskRow& row) { row.processed_at = ""; },
       "1500.5 INR came 2025-11-08T14:31:00.123Z processed 2025-11-08T14:31:00.123Z: it has no "
       "processed_at: that is taken for its created_at"},
      {[](FlaskRow& row) { row.created_at = row.processed_at = ""; },
       "1500.5 INR came 2026-11-27T00:00:00.000Z processed 2026-11-27T00:00:00.000Z: it has no "
       "created_at: that is taken for now; it has no processed_at: that is taken for its "
       "created_at"},
      {[](FlaskRow& row) { row.amount = 10.005; },
       "none: Invalid amount: INR has 2 decimal places (amount 10.005, currency 'INR')"},
      {[](FlaskRow& row) { row.amount = -5.0; },
       "none: Invalid amount: must be greater than 0 (amount -5, currency 'INR')"},
      {[](FlaskRow& row) { row.amount = std::monostate(); },
       "none: Invalid amount: must be a number or a string holding one (amount NULL, currency "
       "'INR')"},
      {[](FlaskRow& row) { row.amount = std::string("much"); },
       "none: Invalid amount: must be a number or a string holding one (amount 'much', currency "
       "'INR')"},
      {[](FlaskRow& row) { row.currency = "DOGE"; },
       "none: Invalid currency: not an ISO 4217 code (amount 1500.5, currency 'DOGE')"},
      {[](FlaskRow& row) { row.status = "LOST"; },
       "none: Invalid status: 'LOST' is neither PROCESSING nor PROCESSED (amount 1500.5, currency "
       "'INR')"},
      {[](FlaskRow& row) { row.created_at = "yesterday"; },
       "none: Invalid created_at: 'yesterday' is no time (amount 1500.5, currency 'INR')"},
      {[](FlaskRow& row) { row.source_account = "\xff"; },
       "none: Invalid source_account: it is no UTF-8 (amount 1500.5, currency 'INR')"},
  };
  for (const auto& [change, expected] : table) {
    BOOST_TEST(with(change) == expected);
  }
}

}  // namespace payhook::test
