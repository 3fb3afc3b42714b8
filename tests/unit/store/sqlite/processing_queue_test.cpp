#include <boost/test/unit_test.hpp>
#include <limits>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "store/sqlite/write_turn.h"
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
  BOOST_TEST(session->process_due(moment(0), moment(30'000), 10, patience()) == 1U);
  BOOST_TEST(query("SELECT status, created_at, processed_at FROM transactions") ==
             "PROCESSED|2025-11-08T14:31:00.000Z|2025-11-08T14:31:30.000Z");
}

BOOST_AUTO_TEST_CASE(a_millisecond_decides_whether_it_is_due) {
  arrive("a", 100);
  arrive("b", 101);
  BOOST_TEST(session->process_due(moment(99), moment(0), 10, patience()) == 0U);
  BOOST_TEST(session->process_due(moment(100), moment(0), 10, patience()) == 1U);
  BOOST_TEST(processed() == "a");
  BOOST_TEST(session->process_due(moment(101), moment(0), 10, patience()) == 1U);
  BOOST_TEST(processed() == "a b");
}

BOOST_AUTO_TEST_CASE(times_are_compared_across_midnight_and_years) {
  const auto just_before = parse_timestamp("2025-12-31T23:59:59.999Z");
  store_all(*incoming, {{.id = "old", .received_at = just_before}});
  store_all(*incoming, {{.id = "new", .received_at = just_before + std::chrono::milliseconds{1}}});
  BOOST_TEST(session->process_due(just_before, just_before, 10, patience()) == 1U);
  BOOST_TEST(processed() == "old");
}

BOOST_AUTO_TEST_CASE(the_oldest_come_first_whatever_order_they_were_stored_in) {
  arrive("c", 300);
  arrive("a", 100);
  arrive("d", 400);
  arrive("b", 200);
  BOOST_TEST(session->process_due(moment(1000), moment(0), 2, patience()) == 2U);
  BOOST_TEST(processed() == "a b");
  BOOST_TEST(session->process_due(moment(1000), moment(0), 1, patience()) == 1U);
  BOOST_TEST(processed() == "a b c");
  BOOST_TEST(session->process_due(moment(1000), moment(0), 10, patience()) == 1U);
  BOOST_TEST(session->process_due(moment(1000), moment(0), 10, patience()) == 0U);
}

BOOST_AUTO_TEST_CASE(a_limit_of_none_processes_none) {
  arrive("a", 0);
  BOOST_TEST(session->process_due(moment(0), moment(0), 0, patience()) == 0U);
  BOOST_TEST(processed() == "NULL");
}

BOOST_AUTO_TEST_CASE(a_processed_transaction_is_never_processed_again) {
  arrive("a", 0);
  session->process_due(moment(0), moment(30'000), 10, patience());
  const std::string before = query("SELECT * FROM transactions");
  BOOST_TEST(session->process_due(moment(99'999), moment(60'000), 10, patience()) == 0U);
  BOOST_TEST(queue()->process_due(moment(99'999), moment(60'000), 10, patience()) == 0U);
  BOOST_TEST(query("SELECT * FROM transactions") == before);
}

BOOST_AUTO_TEST_CASE(a_failed_transaction_is_left_alone) {
  arrive("a", 0);
  query("UPDATE transactions SET status = 'FAILED', processed_at = created_at");
  BOOST_TEST(session->process_due(moment(99'999), moment(0), 10, patience()) == 0U);
  BOOST_TEST(!session->oldest_created_at().has_value());
}

BOOST_AUTO_TEST_CASE(a_duplicate_of_a_processed_transaction_does_not_revive_it) {
  arrive("a", 0);
  session->process_due(moment(0), moment(30'000), 10, patience());
  arrive("a", 40'000);
  BOOST_TEST(session->process_due(moment(99'999), moment(60'000), 10, patience()) == 0U);
}

BOOST_AUTO_TEST_CASE(the_oldest_that_still_waits_is_known) {
  BOOST_TEST(!session->oldest_created_at().has_value());
  arrive("b", 200);
  BOOST_TEST((session->oldest_created_at() == moment(200)));
  arrive("a", 100);
  BOOST_TEST((session->oldest_created_at() == moment(100)));
  session->process_due(moment(100), moment(0), 10, patience());
  BOOST_TEST((session->oldest_created_at() == moment(200)));
  session->process_due(moment(200), moment(0), 10, patience());
  BOOST_TEST(!session->oldest_created_at().has_value());
}

BOOST_AUTO_TEST_CASE(a_time_that_somebody_spoilt_is_told_as_promised) {
  arrive("a", 0);
  query("UPDATE transactions SET created_at = 'yesterday'");
  BOOST_CHECK_THROW(session->oldest_created_at(), StoreUnavailable);
}

BOOST_AUTO_TEST_CASE(finding_the_oldest_and_the_due_uses_the_index_of_what_waits) {
  BOOST_TEST(query("EXPLAIN QUERY PLAN SELECT created_at FROM transactions "
                   "WHERE status = 'PROCESSING' ORDER BY created_at LIMIT 1")
                 .find("transactions_processing") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(several_queues_process_each_transaction_once) {
  constexpr std::size_t k_count = 1000;
  std::vector<Webhook> webhooks;
  for (std::size_t i = 0; i < k_count; ++i) {
    webhooks.push_back({.id = std::to_string(i)});
  }
  store_all(*incoming, webhooks);
  std::vector<std::size_t> processed_by(4);
  std::vector<std::thread> threads;
  for (auto& count : processed_by) {
    threads.emplace_back([this, &count] {
      const auto mine = queue();
      while (const auto done = mine->process_due(moment(0), moment(1), 7, patience())) {
        count += done;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  BOOST_TEST(std::accumulate(processed_by.begin(), processed_by.end(), std::size_t{0}) == k_count);
  BOOST_TEST(query("SELECT count(*) FROM transactions WHERE status = 'PROCESSED'") == "1000");
}

BOOST_AUTO_TEST_CASE(a_turn_that_does_not_come_in_time_processes_nothing) {
  arrive("a", 0);
  WriteTurn other(beside(".turn"));
  BOOST_REQUIRE(other.try_lock_until(patience()));
  BOOST_CHECK_THROW(session->process_due(moment(0), moment(0), 1, std::chrono::steady_clock::now()),
                    StoreTimeout);
  other.unlock();
  BOOST_TEST(processed() == "NULL");
  BOOST_TEST(session->process_due(moment(0), moment(0), 1, patience()) == 1U);
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

BOOST_AUTO_TEST_CASE(while_there_is_work_there_are_checkpoints) {
  for (int batch = 0; batch < 40; ++batch) {
    std::vector<Webhook> webhooks;
    for (int i = 0; i < 20; ++i) {
      webhooks.push_back({.id = std::to_string(batch) + "-" + std::to_string(i),
                          .body = std::string(60'000, 'x')});
    }
    store_all(*incoming, webhooks);
    session->process_due(moment(0), moment(1), 100, patience());
  }
  session.reset();
  payments.close();  // waits for the one that has begun
  // Of 50 MB; without checkpoints they would all be in the WAL.
  BOOST_TEST(std::filesystem::file_size(database) > 15'000'000U);
}

BOOST_AUTO_TEST_CASE(those_that_are_due_are_counted_up_to_a_limit) {
  BOOST_TEST(session->count_due(moment(0), 100) == 0);
  const auto stored = intake();
  for (int i = 1; i <= 5; ++i) {
    Webhook webhook;
    webhook.id = std::to_string(i);
    webhook.received_at = moment(i * 100);
    store_all(*stored, {webhook});
  }
  BOOST_TEST(session->count_due(moment(99), 100) == 0);
  BOOST_TEST(session->count_due(moment(300), 100) == 3);
  BOOST_TEST(session->count_due(moment(300), 2) == 2);
  session->process_due(moment(200), moment(1000), 100, patience());
  BOOST_TEST(session->count_due(moment(300), 100) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
