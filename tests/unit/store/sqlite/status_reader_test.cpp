#include <boost/test/unit_test.hpp>
#include <string>

#include "store/sqlite/write_turn.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

BOOST_FIXTURE_TEST_SUITE(looking_transactions_up, StoreFixture)

BOOST_AUTO_TEST_CASE(a_transaction_is_found_with_all_that_is_known_of_it) {
  const Webhook webhook = {.amount = "1234567890123456.78", .received_at = moment(123)};
  const auto incoming = intake();
  const auto session = reader();
  store_all(*incoming, {webhook});
  const auto found = session->find("txn_1");
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST((found->transaction == webhook.incoming().transaction));
  BOOST_TEST(found->transaction.amount().decimal() == "1234567890123456.78");
  BOOST_TEST(found->status == "PROCESSING");
  BOOST_TEST((found->created_at == moment(123)));
  BOOST_TEST(!found->processed_at.has_value());
}

BOOST_AUTO_TEST_CASE(a_processed_transaction_says_when) {
  store_all(*intake(), {{}});
  const auto session = reader();
  BOOST_TEST(session->find("txn_1")->status == "PROCESSING");
  queue()->process_due(moment(0), moment(30'001), 10, patience());
  const auto found = session->find("txn_1");
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->status == "PROCESSED");
  BOOST_TEST((found->processed_at == moment(30'001)));
}

BOOST_AUTO_TEST_CASE(an_unknown_id_is_not_found) {
  store_all(*intake(), {{.id = "txn_1"}});
  const auto session = reader();
  for (const auto* id : {"", "txn_2", "TXN_1", "txn_1 ", "txn_", "%", "' OR 1=1 --"}) {
    BOOST_TEST(!session->find(id).has_value(), id);
  }
  BOOST_TEST(!session->find(std::string_view("txn_1\0x", 7)).has_value());
  BOOST_TEST(!session->find(std::string(100'000, 'x')).has_value());
}

BOOST_AUTO_TEST_CASE(ids_in_any_script_are_found) {
  const auto incoming = intake();
  const auto session = reader();
  for (const auto& id : {std::string("\xe2\x82\xac/\xf0\x9f\x98\x80"), std::string("a'b\"c;--%"),
                         std::string(255, 'x')}) {
    store_all(*incoming, {{.id = id}});
    BOOST_REQUIRE(session->find(id).has_value());
    BOOST_TEST(session->find(id)->transaction.transaction_id() == id);
  }
}

BOOST_AUTO_TEST_CASE(looking_up_does_not_wait_for_whoever_writes) {
  store_all(*intake(), {{}});
  const auto session = reader();
  WriteTurn writer(beside(".turn"));
  BOOST_REQUIRE(writer.try_lock_until(patience()));
  PlainDatabase other(database);
  other.query("BEGIN IMMEDIATE; DELETE FROM transactions");
  BOOST_TEST(session->find("txn_1").has_value());
  other.query("ROLLBACK");
}

BOOST_AUTO_TEST_CASE(a_status_of_a_later_release_is_answered_as_it_stands) {
  store_all(*intake(), {{}});
  query("UPDATE transactions SET status = 'FAILED', processed_at = '2025-11-08T15:00:00.000Z'");
  BOOST_TEST(reader()->find("txn_1")->status == "FAILED");
}

BOOST_AUTO_TEST_CASE(a_row_that_somebody_spoilt_is_told_as_promised_and_holds_up_nobody) {
  store_all(*intake(), {{.id = "spoilt"}, {.id = "good"}});
  query("UPDATE transactions SET created_at = 'yesterday' WHERE transaction_id = 'spoilt'");
  const auto session = reader();
  try {
    session->find("spoilt");
    BOOST_ERROR("answered");
  } catch (const StoreUnavailable&) {
  } catch (const StoreBroken&) {
  } catch (const std::exception& e) {
    BOOST_ERROR("neither of what find() may throw: " << e.what());
  }
  BOOST_TEST(session->find("good").has_value());
  // No read transaction was left open: a checkpoint gets through to the end.
  PlainDatabase other(database);
  other.query("UPDATE transactions SET source = 'x'");
  BOOST_TEST(other.query("PRAGMA wal_checkpoint(TRUNCATE)") == "0|0|0");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
