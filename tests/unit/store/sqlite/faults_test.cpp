#include <sys/resource.h>
#include <sysexits.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "core/log.h"
#include "service/program.h"
#include "store/sqlite/errors.h"
#include "store/sqlite/intake.h"
#include "store/sqlite/scoped_transaction.h"
#include "store/sqlite/upkeep.h"
#include "store/sqlite/write_turn.h"
#include "tests/support/captured_output.h"
#include "tests/unit/store/sqlite/child_process.h"
#include "tests/unit/store/sqlite/faulty_disk.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

namespace {

/// Large enough to fill several pages each.
std::vector<Webhook> large_webhooks(const std::string& id, int count) {
  std::vector<Webhook> webhooks;
  for (int i = 0; i < count; ++i) {
    webhooks.push_back({.id = id + std::to_string(i), .body = std::string(60'000, 'x')});
  }
  return webhooks;
}

void limit_file_size(rlim_t bytes) {
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

/// Does the work in a child, as the programs do theirs.
std::string in_program(const std::function<std::string()>& work) {
  return in_child([&work] {
    std::string happened;
    const char* const arguments[] = {"payhook-test", "--config", "/dev/null"};
    run_program("payhook-test", "A program of the tests", 3, arguments, [&](const Invocation&) {
      happened = work();
      return 0;
    });
    return happened;
  });
}

constexpr RowId k_run = 100;

std::vector<Webhook> numbered(int count) {
  std::vector<Webhook> webhooks;
  for (int i = 0; i < count; ++i) {
    webhooks.push_back({.id = "txn-" + std::to_string(i)});
  }
  return webhooks;
}

struct IndexedStoreFixture : StoreFixture {
  /// Stores webhooks whose ids then all stand in the table id_index.
  void index_ids(int count) {
    store_all(*intake(), numbered(count));
    SharedState shared(database, Lifetime::SERVICE, k_run);
    SqliteUpkeep keeper(shared, TransactionStore::Keeper::ALWAYS);
    while (keeper.step(patience())) {
    }
  }

  /// Fills one with zeros, while no session is open.
  void damage_a_page_of(const std::string& table) const {
    // Not the first one, which an opening looks at.
    damage_page("SELECT pageno FROM dbstat WHERE name = '" + table +
                "' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 3");
  }

  void damage_page(const std::string& query_of_its_number) const {
    fold_wal_into_database();
    const long page = std::stol(query(query_of_its_number));
    std::fstream file(database, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((page - 1) * 4096);
    file << std::string(4096, '\0');
  }
};

struct FaultFixture : IndexedStoreFixture {
  FaultyDisk disk;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_disk_that_fails, FaultFixture)

BOOST_AUTO_TEST_CASE(a_proof_that_storing_works_fails_where_storing_would_and_changes_nothing) {
  const auto incoming = intake();
  store_all(*incoming, {{.id = "earlier"}});
  disk.fill_after(0);
  BOOST_CHECK_THROW(incoming->prove_that_it_stores(patience()), StoreUnavailable);
  BOOST_TEST(disk.failed());
  disk.mend();
  incoming->prove_that_it_stores(patience());
  BOOST_TEST(reader()->find("default", "earlier").has_value());
  BOOST_CHECK(store_all(*incoming, {{.id = "later"}}) ==
              std::vector<IntakeResult>{IntakeResult::CREATED});
  disk.fail_syncs("");
  BOOST_CHECK_THROW(incoming->prove_that_it_stores(patience()), StoreBroken);
}

BOOST_AUTO_TEST_CASE(a_disk_that_fills_up_at_any_write_stores_nothing_and_works_again_later) {
  const auto incoming = intake();
  const auto status = reader();
  store_all(*incoming, {{.id = "earlier"}});
  int writes = 0;
  for (bool failed = true; failed; ++writes) {
    const std::vector<Webhook> batch = large_webhooks("full-" + std::to_string(writes) + "-", 2);
    disk.fill_after(writes);
    try {
      store_all(*incoming, batch);
    } catch (const StoreUnavailable&) {
      BOOST_TEST(disk.failed());
    }
    failed = disk.failed();
    disk.mend();
    for (const auto& webhook : batch) {
      BOOST_TEST(status->find("default", webhook.id).has_value() == !failed);
    }
    BOOST_TEST(status->find("default", "earlier").has_value());
    const std::string next = "next-" + std::to_string(writes);
    store_all(*incoming, {{.id = next}});
    BOOST_TEST(status->find("default", next).has_value());
  }
  BOOST_TEST(writes > 10);
  BOOST_TEST(query("PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_CASE(a_disk_that_fills_up_while_processing_processes_nothing) {
  const auto session = queue();
  store_all(*intake(), {{}});
  disk.fill_after(0);
  BOOST_CHECK_THROW(process_due(*session, moment(1), 10), StoreUnavailable);
  disk.mend();
  BOOST_TEST(query("SELECT status FROM transactions") == "PROCESSING");
  BOOST_TEST(process_due(*session, moment(1), 10) == 1U);
}

BOOST_AUTO_TEST_CASE(a_sync_that_fails_breaks_the_store) {
  const auto incoming = intake();
  disk.fail_syncs("-wal");
  const std::vector<IncomingWebhook> batch = {Webhook{}.incoming()};
  try {
    incoming->store(batch, patience());
    BOOST_ERROR("acknowledged without a sync");
  } catch (const StoreBroken& e) {
    BOOST_TEST(e.exit_status() == EX_IOERR);
  }
}

BOOST_AUTO_TEST_CASE(a_sync_that_fails_while_processing_breaks_the_store) {
  const auto session = queue();
  store_all(*intake(), {{}});
  disk.fail_syncs("-wal");
  BOOST_CHECK_THROW(process_due(*session, moment(1), 10), StoreBroken);
}

BOOST_AUTO_TEST_CASE(a_sync_of_the_database_file_that_fails_breaks_the_store) {
  const auto session = upkeep();
  store_all(*intake(), {{}});
  disk.fail_syncs(".sqlite");
  BOOST_CHECK_THROW(rest(*session), StoreBroken);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_stops_halfway_loses_nothing_and_the_store_opens_again) {
  // Page 1 goes first and says how long the file will be; the WAL has the rest.
  for (int writes = 0; writes < 4; ++writes) {
    StoreFixture halfway;
    {
      const auto session = halfway.upkeep();
      store_all(*halfway.intake(), large_webhooks("txn-", 3));
      disk.fill_after(writes, ".sqlite");
      BOOST_CHECK_THROW(rest(*session), StoreUnavailable);
      disk.mend();
    }
    BOOST_TEST_CONTEXT("after " << writes << " pages") {
      try {
        BOOST_TEST(halfway.reader()->find("default", "txn-2").has_value());
        store_all(*halfway.intake(), {{.id = "later"}});
        BOOST_TEST(halfway.query("SELECT count(*) FROM transactions") == "4");
      } catch (const std::exception& e) {
        BOOST_ERROR(e.what());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_intake_that_could_not_be_opened_works_once_the_disk_has_room) {
  store_all(*intake(), large_webhooks("txn-", 3));
  SqliteStore existing(database);
  disk.fill_after(0);
  const auto session = existing.open_intake();
  BOOST_CHECK_THROW(store_all(*session, {{.id = "later"}}), StoreUnavailable);
  disk.mend();
  for (bool stored = false; !stored;) {
    try {
      stored = store_all(*session, {{.id = "later"}}) == std::vector{IntakeResult::CREATED};
    } catch (const StoreUnavailable&) {
      continue;  // it does not try to open at once
    }
  }
  BOOST_TEST(reader()->find("default", "later").has_value());
}

BOOST_AUTO_TEST_CASE(a_read_that_fails_costs_one_webhook_and_nobody_is_told_to_restore_a_backup) {
  index_ids(1000);
  fold_wal_into_database();
  SharedState shared(database, Lifetime::SERVICE, k_run);
  SqliteIntake incoming(shared);
  disk.fail_reads(".sqlite");
  log::write_last_counts();  // its limits begin anew
  CapturedOutput log(2);
  const auto results = store_all(incoming, {{.id = "txn-500"}});
  const std::string lines = log.stop();
  BOOST_TEST(disk.failed());
  disk.mend();
  BOOST_TEST((results == std::vector{IntakeResult::REFUSED}));
  BOOST_TEST(lines.find("see to the disk") != std::string::npos, lines);
  BOOST_TEST(lines.find("restore") == std::string::npos, lines);
  BOOST_TEST((store_all(incoming, {{.id = "txn-500"}}) == std::vector{IntakeResult::DUPLICATE}));
}

BOOST_AUTO_TEST_CASE(a_transaction_that_could_not_be_rolled_back_is_before_the_next) {
  SqliteConnection connection(database, SqliteConnection::Use::CREATING);
  const auto turn = connection.take_turn(patience());
  connection.execute("BEGIN IMMEDIATE");  // as a ROLLBACK that failed leaves it
  connection.execute("DELETE FROM id_index_state");
  ScopedTransaction(connection).commit();
  BOOST_TEST(query("SELECT count(*) FROM id_index_state") == "1");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_database_that_is_damaged, IndexedStoreFixture)

BOOST_AUTO_TEST_CASE(a_damaged_page_costs_only_the_webhooks_that_need_it_and_is_an_alarm) {
  for (const std::string table : {"id_index", "transactions"}) {
    IndexedStoreFixture damaged;
    damaged.index_ids(2000);
    damaged.damage_a_page_of(table);
    SharedState shared(damaged.database, Lifetime::SERVICE, k_run);
    SqliteIntake incoming(shared);
    for (int i = 0; i < 2; ++i) {
      log::write_last_counts();  // its limits begin anew
      CapturedOutput log(2);
      const auto results = store_all(incoming, numbered(2500));
      const std::string lines = log.stop();
      BOOST_TEST_CONTEXT("a page of " << table << " is damaged") {
        const auto refused = std::count(results.begin(), results.end(), IntakeResult::REFUSED);
        BOOST_TEST(refused > 0);
        BOOST_TEST(refused < 1000);
        BOOST_TEST(std::count(results.begin(), results.begin() + 2000, IntakeResult::CREATED) == 0);
        BOOST_TEST(std::count(results.begin(), results.end(), IntakeResult::CONFLICT) == 0);
        BOOST_TEST(lines.find("error: a webhook cannot be stored: ") != std::string::npos, lines);
        BOOST_TEST(lines.find("keep the file together with its -wal") != std::string::npos, lines);
      }
    }
    BOOST_TEST(shared.recent.size() > 0U, "others are stored");
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_page_of_the_index_is_an_alarm_of_the_processors_and_not_its_end) {
  index_ids(2000);
  damage_a_page_of("id_index");
  SharedState shared(database, Lifetime::SERVICE, k_run);
  SqliteUpkeep keeper(shared, TransactionStore::Keeper::ALWAYS);
  store_all(*intake(), {{.id = "new"}});
  query("UPDATE id_index_state SET indexed_until = 0");  // all of them again
  log::write_last_counts();                              // its limits begin anew
  CapturedOutput log(2);
  while (keeper.step(patience())) {
  }
  const std::string lines = log.stop();
  BOOST_TEST(lines.find("error: ids are not indexed: ") != std::string::npos, lines);
  CapturedOutput later(2);
  BOOST_TEST(!keeper.step(patience()), "not tried again so soon");
  BOOST_TEST(later.stop() == "");
  BOOST_TEST(process_due(*queue(), moment(1), 1) == 1U);
}

BOOST_AUTO_TEST_CASE(damaged_counters_cost_no_webhook_and_no_processing) {
  store_all(*intake(), {{.id = "a"}});
  damage_page("SELECT rootpage FROM sqlite_schema WHERE name = 'outcomes'");
  const auto incoming = intake();
  log::write_last_counts();  // its limits begin anew
  CapturedOutput log(2);
  BOOST_TEST((store_all(*incoming, {{.id = "b"}}) == std::vector{IntakeResult::CREATED}));
  BOOST_TEST((store_all(*incoming, {{.id = "c"}}) == std::vector{IntakeResult::CREATED}));
  BOOST_TEST(process_due(*queue(), moment(1), 10) == 3U);
  BOOST_TEST(log.stop().find("error: webhooks are no longer counted: ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_an_alarm_and_delays_none_of_the_others) {
  for (const bool is_claimed : {false, true}) {
    IndexedStoreFixture damaged;
    store_all(*damaged.intake(), {{.id = "damaged", .body = std::string(60'000, 'x')},
                                  {.id = "b", .received_at = moment(1)},
                                  {.id = "c", .received_at = moment(2)}});
    damaged.damage_page("SELECT pageno FROM dbstat WHERE pagetype = 'overflow' LIMIT 1");
    const auto queue = damaged.queue();
    log::write_last_counts();  // its limits begin anew
    CapturedOutput log(2);
    for (int i = 0; i < 3; ++i) {
      if (is_claimed) {
        for (const ClaimedTransaction& each : claim(*queue, moment(9), moment(99), 1)) {
          finish(*queue, each.claim, Completed{}, moment(9));
        }
      } else {
        process_due(*queue, moment(9), 1);
      }
    }
    const std::string lines = log.stop();
    BOOST_TEST(lines.find("error: row 1 of the table transactions is not processed: ") !=
               std::string::npos);
    BOOST_TEST(queue->state().sources.empty());
    BOOST_TEST(damaged.query("SELECT count(*) FROM transactions WHERE status = 'PROCESSED'") ==
               "2");
  }
}

BOOST_AUTO_TEST_CASE(a_proof_that_storing_works_meets_damage_that_every_webhook_would) {
  index_ids(2000);
  damage_page("SELECT rootpage FROM sqlite_schema WHERE name = 'id_index'");
  const auto incoming = intake();
  BOOST_TEST((store_all(*incoming, {{.id = "new"}}) == std::vector{IntakeResult::REFUSED}));
  BOOST_CHECK_THROW(incoming->prove_that_it_stores(patience()), StoreDamaged);
}

BOOST_AUTO_TEST_CASE(webhooks_for_which_no_time_is_left_are_refused) {
  index_ids(2000);
  damage_page("SELECT rootpage FROM sqlite_schema WHERE name = 'id_index'");
  const auto incoming = intake();
  log::write_last_counts();  // its limits begin anew
  CapturedOutput log(2);
  const auto results = store_all(*incoming, {{.id = "one"}, {.id = "two"}}, {});
  BOOST_TEST((results == std::vector(2, IntakeResult::REFUSED)));
  BOOST_TEST(log.stop().find("error: some webhooks cannot be stored: ") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(limits_of_the_machine, StoreFixture)

BOOST_AUTO_TEST_CASE(a_file_that_may_not_grow_stores_nothing_and_works_again_later) {
  const std::string happened = in_program([this]() -> std::string {
    const auto incoming = intake();
    const auto status = reader();
    store_all(*incoming, {{.id = "earlier"}});
    limit_file_size(std::filesystem::file_size(beside("-wal")) + 10'000);
    try {
      store_all(*incoming, large_webhooks("full-", 3));
      return "stored on a full disk";
    } catch (const StoreUnavailable&) {
    }
    if (status->find("default", "full-0") || status->find("default", "full-2") ||
        !status->find("default", "earlier")) {
      return "stored in part";
    }
    limit_file_size(RLIM_INFINITY);
    store_all(*incoming, large_webhooks("full-", 3));
    return status->find("default", "full-2") ? "works again" : "lost";
  });
  BOOST_TEST(happened == "works again");
  BOOST_TEST(query("SELECT count(*) FROM transactions") == "4");
}

BOOST_AUTO_TEST_CASE(without_timers_a_busy_store_is_unavailable) {
  const std::string happened = in_child([this]() -> std::string {
    const auto incoming = intake();
    WriteTurn other(beside(".turn"));
    if (!other.try_lock_until(patience())) {
      return "the other one did not get it";
    }
    const rlimit no_timers{0, 0};
    ::setrlimit(RLIMIT_SIGPENDING, &no_timers);
    try {
      store_all(*incoming, {{}});
      return "stored";
    } catch (const StoreUnavailable&) {
      return "unavailable";
    }
  });
  BOOST_TEST(happened == "unavailable");
}

BOOST_AUTO_TEST_CASE(a_stranger_who_writes_makes_the_store_unavailable_and_not_broken) {
  const auto incoming = intake();
  const PlainDatabase stranger(database);
  stranger.query("BEGIN IMMEDIATE");
  const std::vector<IncomingWebhook> batch = {Webhook{}.incoming()};
  BOOST_CHECK_THROW(incoming->store(batch, patience()), StoreUnavailable);
  stranger.query("ROLLBACK");
  BOOST_TEST(
      (incoming->store(batch, patience()) == std::vector<IntakeResult>{IntakeResult::CREATED}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
