#include <boost/test/unit_test.hpp>
#include <limits>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "core/log.h"
#include "store/sqlite/write_turn.h"
#include "tests/support/captured_output.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

namespace {

struct QueueFixture : StoreFixture {
  void arrive(const std::string& id, std::int64_t milliseconds) {
    store_all(*incoming, {{.id = id, .received_at = moment(milliseconds)}});
  }

  std::string processed() const {
    return query(
        "SELECT group_concat(transaction_id, ' ') FROM "
        "(SELECT transaction_id FROM transactions WHERE status = 'PROCESSED' ORDER BY 1)");
  }

  std::unique_ptr<WebhookIntake> incoming = intake();
  std::unique_ptr<ProcessingQueue> session = queue();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(processing, QueueFixture)

BOOST_AUTO_TEST_CASE(what_is_due_becomes_processed_with_the_time) {
  arrive("a", 0);
  BOOST_TEST(process_due(*session, moment(30'000), 10) == 1U);
  BOOST_TEST(query("SELECT status, created_at, processed_at FROM transactions") ==
             "PROCESSED|2025-11-08T14:31:00.000Z|2025-11-08T14:31:30.000Z");
}

BOOST_AUTO_TEST_CASE(finding_the_oldest_and_the_due_uses_the_index_of_what_waits) {
  BOOST_TEST(query("EXPLAIN QUERY PLAN SELECT source, due_at, id FROM transactions "
                   "WHERE status = 'PROCESSING' AND source > 'a' ORDER BY source, due_at")
                 .find("transactions_due_of_source (source>?)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_row_tells_of_attempts_and_why_the_last_one_failed) {
  arrive("a", 0);
  const auto told = [this] {
    return query("SELECT attempts, last_error, due_at FROM transactions");
  };
  const auto at = [](std::int64_t milliseconds) {
    return std::to_string(moment(milliseconds).time_since_epoch().count());
  };
  auto claimed = claim(*session, moment(0), moment(500), 1);
  BOOST_TEST(told() == "1|NULL|" + at(500));
  finish(*session, claimed[0].claim, TryAgain{moment(900), "no route"}, moment(1));
  BOOST_TEST(told() == "1|no route|" + at(900));
  claimed = claim(*session, moment(900), moment(999), 1);
  finish(*session, claimed[0].claim, GiveUp{"no account"}, moment(950));
  BOOST_TEST(told() == "2|no account|NULL");
}

BOOST_AUTO_TEST_CASE(a_row_that_somebody_spoilt_holds_up_no_other) {
  arrive("spoilt", 0);
  arrive("good", 1);
  query("UPDATE transactions SET created_at = 'yesterday' WHERE transaction_id = 'spoilt'");
  log::write_last_counts();  // its limits begin anew
  CapturedOutput log(2);
  const auto claimed = claim(*session, moment(9), moment(500), 10);
  const std::string lines = log.stop();
  BOOST_REQUIRE(claimed.size() == 1U);
  BOOST_TEST(claimed[0].transaction.transaction_id() == "good");
  BOOST_TEST(lines.find("error: row 1 of the table transactions") != std::string::npos, lines);
}

BOOST_AUTO_TEST_CASE(a_turn_that_does_not_come_in_time_processes_nothing) {
  arrive("a", 0);
  WriteTurn other(beside(".turn"));
  BOOST_REQUIRE(other.try_lock_until(patience()));
  BOOST_CHECK_THROW(process_due(*session, moment(0), 1, std::chrono::steady_clock::now()),
                    StoreTimeout);
  other.unlock();
  BOOST_TEST(processed() == "NULL");
  BOOST_TEST(process_due(*session, moment(0), 1) == 1U);
}

BOOST_AUTO_TEST_CASE(upkeep_of_an_idle_store_moves_everything_into_the_database_file) {
  arrive("a", 0);
  rest(*upkeep());
  session.reset();
  incoming.reset();
  std::filesystem::remove(beside("-wal"));
  std::filesystem::remove(beside("-shm"));
  BOOST_TEST(query("SELECT transaction_id FROM transactions") == "a");
}

BOOST_AUTO_TEST_CASE(upkeep_between_two_commits_is_no_checkpoint) {
  SqliteStore patient(database, Lifetime::SERVICE, std::chrono::hours{1});
  const auto keeping = patient.open_upkeep(TransactionStore::Keeper::ALWAYS);
  arrive("a", 0);
  rest(*keeping);
  arrive("b", 0);
  const std::string before = bytes_of(database);
  rest(*keeping);
  BOOST_TEST((bytes_of(database) == before));
}

BOOST_AUTO_TEST_CASE(while_there_is_work_there_are_checkpoints) {
  for (int batch = 0; batch < 40; ++batch) {
    std::vector<Webhook> webhooks;
    for (int i = 0; i < 20; ++i) {
      webhooks.push_back({.id = std::to_string(batch) + "-" + std::to_string(i),
                          .body = std::string(60'000, 'x')});
    }
    store_all(*incoming, webhooks);
    process_due(*session, moment(1), 100);
  }
  session.reset();
  payments.close();  // waits for the one that has begun
  // Of 50 MB; without checkpoints they would all be in the WAL.
  BOOST_TEST(std::filesystem::file_size(database) > 15'000'000U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
