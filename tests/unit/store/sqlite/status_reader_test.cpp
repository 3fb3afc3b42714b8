#include <boost/test/unit_test.hpp>
#include <string>

#include "store/sqlite/write_turn.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

BOOST_FIXTURE_TEST_SUITE(looking_transactions_up, StoreFixture)

BOOST_AUTO_TEST_CASE(looking_up_does_not_wait_for_whoever_writes) {
  store_all(*intake(), {{}});
  const auto session = reader();
  WriteTurn writer(beside(".turn"));
  BOOST_REQUIRE(writer.try_lock_until(patience()));
  PlainDatabase other(database);
  other.query("BEGIN IMMEDIATE; DELETE FROM transactions");
  BOOST_TEST(session->find("default", "txn_1").has_value());
  other.query("ROLLBACK");
}

BOOST_AUTO_TEST_CASE(a_status_of_a_later_release_is_answered_as_it_stands) {
  store_all(*intake(), {{}});
  query(
      "UPDATE transactions SET status = 'FAILED', processed_at = '2025-11-08T15:00:00.000Z', "
      "due_at = NULL");
  BOOST_TEST(reader()->find("default", "txn_1")->status == "FAILED");
}

BOOST_AUTO_TEST_CASE(a_row_that_somebody_spoilt_is_told_as_promised_and_holds_up_nobody) {
  store_all(*intake(), {{.id = "spoilt"}, {.id = "good"}});
  query("UPDATE transactions SET created_at = 'yesterday' WHERE transaction_id = 'spoilt'");
  const auto session = reader();
  try {
    session->find("default", "spoilt");
    BOOST_ERROR("answered");
  } catch (const StoreUnavailable&) {
  } catch (const StoreBroken&) {
  } catch (const std::exception& e) {
    BOOST_ERROR("neither of what find() may throw: " << e.what());
  }
  BOOST_TEST(session->find("default", "good").has_value());
  // No read transaction was left open: a checkpoint gets through to the end.
  PlainDatabase other(database);
  other.query("UPDATE transactions SET remote_address = 'x'");
  BOOST_TEST(other.query("PRAGMA wal_checkpoint(TRUNCATE)") == "0|0|0");
}

BOOST_AUTO_TEST_CASE(a_row_that_somebody_spoilt_is_told_by_who_looks_through_them) {
  store_all(*intake(), {{}});
  for (const char* spoilt : {"created_at = '2025-13-45'", "source_account = ''"}) {
    query(std::string("UPDATE transactions SET ") + spoilt);
    SqliteStore opened(database);
    const auto browser = opened.open_browser();
    BOOST_CHECK_THROW(browser->list({}, std::nullopt, 10), StoreUnavailable);
    BOOST_CHECK_THROW(browser->find("default", "txn_1"), StoreUnavailable);
    query("UPDATE transactions SET created_at = '2025-11-08T14:31:00.000Z', source_account = 'a'");
    BOOST_TEST(browser->find("default", "txn_1").has_value());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
