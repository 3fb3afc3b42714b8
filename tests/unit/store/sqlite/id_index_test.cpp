#include <sqlite3.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/log.h"
#include "store/sqlite/browser.h"
#include "store/sqlite/id_hash.h"
#include "store/sqlite/intake.h"
#include "store/sqlite/scoped_transaction.h"
#include "store/sqlite/status_reader.h"
#include "store/sqlite/upkeep.h"
#include "tests/support/captured_output.h"
#include "tests/unit/store/sqlite/faulty_disk.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

namespace {

using enum IntakeResult;

constexpr RowId k_run = 10;

/// What one program has open, with runs short enough to see many of them.
struct Program {
  explicit Program(const std::filesystem::path& database)
      : shared(database, Lifetime::SERVICE, k_run) {}

  void index_all() {
    while (keeper.step(patience())) {
    }
  }

  SharedState shared;
  SqliteIntake intake{shared};
  SqliteStatusReader reader{shared};
  SqliteUpkeep keeper{shared, TransactionStore::Keeper::ALWAYS};
};

std::vector<Webhook> numbered(int first, int count) {
  std::vector<Webhook> webhooks;
  for (int i = first; i < first + count; ++i) {
    webhooks.push_back({.id = "txn_" + std::to_string(i)});
  }
  return webhooks;
}

bool all_are(IntakeResult result, const std::vector<IntakeResult>& results) {
  return std::all_of(results.begin(), results.end(), [&](auto each) { return each == result; });
}

struct IndexFixture : CreatedStoreFixture {
  std::string indexed() const { return query("SELECT count(*) FROM id_index"); }
  std::string rows() const { return query("SELECT count(*) FROM transactions"); }

  /// Every id is found, and is a duplicate when it comes again.
  void check_known(Program& program, int count) {
    for (const Webhook& webhook : numbered(0, count)) {
      BOOST_TEST(program.reader.find("default", webhook.id).has_value(),
                 webhook.id << " is not found");
    }
    BOOST_TEST(all_are(DUPLICATE, store_all(program.intake, numbered(0, count))));
    BOOST_TEST(rows() == std::to_string(count));
    BOOST_TEST(!program.reader.find("default", "txn_" + std::to_string(count)).has_value());
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(hashes_of_ids)

BOOST_AUTO_TEST_CASE(they_are_siphash_2_4) {
  // The vector for 15 bytes in the paper's appendix A, "SipHash: a fast short-input PRF".
  std::string key;
  std::string message;
  for (char i = 0; i < 16; ++i) {
    key += i;
    message += i;
  }
  message.pop_back();
  BOOST_TEST(IdHash(key)(message) == 0xa129ca6149be45e5U);
}

BOOST_AUTO_TEST_CASE(a_key_is_16_bytes_long) {
  BOOST_CHECK_THROW(IdHash("short"), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(index_of_ids, IndexFixture)

BOOST_AUTO_TEST_CASE(an_id_is_known_before_it_is_indexed_and_after) {
  Program program(database);
  BOOST_TEST(all_are(CREATED, store_all(program.intake, numbered(0, 25))));
  BOOST_TEST(indexed() == "0");
  check_known(program, 25);
  program.index_all();
  BOOST_TEST(indexed() == "20", "two whole runs");
  check_known(program, 25);
  BOOST_TEST(program.shared.recent.size() == 5U, "the memory holds the rest");
}

BOOST_AUTO_TEST_CASE(who_looks_for_one_only_finds_it_indexed_or_not_and_so_does_who_goes_on) {
  Program program(database);
  store_all(program.intake, numbered(0, 25));
  program.index_all();
  for (const char* id : {"txn_3", "txn_19", "txn_20", "txn_24"}) {
    SharedState shared(database, Lifetime::ONE_REQUEST, k_run);
    SqliteBrowser browser(shared);
    BOOST_TEST(browser.find("default", id).has_value(), id << " is not found first");
    BOOST_TEST(shared.recent.size() == 0U, "nothing was remembered for it");
    BOOST_TEST(browser.find("default", id).has_value(), id << " is not found again");
    BOOST_TEST(!browser.find("default", "none").has_value());
    BOOST_TEST(shared.recent.size() == 5U);
  }
  for (const auto& [source, id] : {std::pair{"default", "none"}, std::pair{"other", "txn_24"}}) {
    SharedState shared(database, Lifetime::ONE_REQUEST, k_run);
    BOOST_TEST(!SqliteBrowser(shared).find(source, id).has_value());
  }
}

BOOST_AUTO_TEST_CASE(an_id_is_known_at_every_step_of_a_run) {
  Program program(database);
  store_all(program.intake, numbered(0, 25));
  while (program.keeper.step(patience())) {
    check_known(program, 25);
  }
}

BOOST_AUTO_TEST_CASE(a_run_takes_many_short_steps_any_of_which_may_fail) {
  constexpr int k_rows = 5000;  // more than are read, and written, in one step
  FaultyDisk disk;
  SharedState shared(database, Lifetime::SERVICE, k_rows);
  SqliteIntake session(shared);
  SqliteStatusReader reader(shared);
  SqliteUpkeep one(shared, TransactionStore::Keeper::ALWAYS);
  SqliteUpkeep other(shared, TransactionStore::Keeper::ALWAYS);
  store_all(session, numbered(0, k_rows));
  int steps = 0;
  for (bool more = true; more; ++steps) {
    disk.fill_after(steps % 3 == 1 ? 0 : 1'000'000);
    try {
      more = (steps % 2 == 0 ? one : other).step(patience());
    } catch (const StoreUnavailable&) {
      BOOST_TEST(disk.failed());
    }
    disk.mend();
    BOOST_TEST(reader.find("default", "txn_" + std::to_string(steps * 37 % k_rows)).has_value());
  }
  BOOST_TEST(steps > 12);
  BOOST_TEST(indexed() == std::to_string(k_rows));
  BOOST_TEST(query("SELECT indexed_until FROM id_index_state") == std::to_string(k_rows));
  BOOST_TEST(all_are(DUPLICATE, store_all(session, numbered(0, k_rows))));
}

BOOST_AUTO_TEST_CASE(a_program_that_starts_knows_what_others_stored) {
  Program earlier(database);
  store_all(earlier.intake, numbered(0, 15));
  earlier.index_all();
  Program later(database);
  check_known(later, 15);
}

BOOST_AUTO_TEST_CASE(programs_side_by_side_know_what_the_other_stores) {
  Program one(database);
  Program other(database);
  for (int i = 0; i < 30; ++i) {
    Program& stores = i % 2 == 0 ? one : other;
    Program& asks = i % 2 == 0 ? other : one;
    const std::vector<Webhook> webhooks = numbered(i, 1);
    BOOST_TEST(all_are(CREATED, store_all(stores.intake, webhooks)));
    if (i % 3 == 0) {
      one.index_all();
    }
    BOOST_TEST(asks.reader.find("default", webhooks[0].id).has_value());
    BOOST_TEST(all_are(DUPLICATE, store_all(asks.intake, webhooks)));
  }
  check_known(one, 30);
  check_known(other, 30);
}

BOOST_AUTO_TEST_CASE(two_programs_that_index_at_once_disturb_nothing) {
  Program one(database);
  Program other(database);
  store_all(one.intake, numbered(0, 40));
  bool more = true;
  while (more) {
    more = one.keeper.step(patience());
    more = other.keeper.step(patience()) || more;
  }
  BOOST_TEST(indexed() == "40");
  check_known(one, 40);
}

BOOST_AUTO_TEST_CASE(a_run_that_was_broken_off_is_repeated) {
  {
    Program program(database);
    store_all(program.intake, numbered(0, 10));
    program.index_all();
  }
  query("UPDATE id_index_state SET indexed_until = 0");  // as if the last step had not happened
  query("DELETE FROM id_index WHERE transaction_row % 2 = 0");
  Program program(database);
  program.index_all();
  BOOST_TEST(indexed() == "10");
  check_known(program, 10);
}

BOOST_AUTO_TEST_CASE(with_no_processor_the_intake_indexes_itself) {
  Program program(database);
  SqliteUpkeep responder(program.shared, TransactionStore::Keeper::STANDING_IN);
  for (int i = 0; i < 100; ++i) {
    store_all(program.intake, numbered(i, 1));
    responder.step(patience());
  }
  BOOST_TEST(indexed() != "0");
  BOOST_TEST(program.shared.recent.size() < 40U);
  check_known(program, 100);
}

BOOST_AUTO_TEST_CASE(programs_for_one_request_index_by_themselves_and_each_only_so_much) {
  constexpr RowId k_short = IdIndexer::k_rows_in_a_short_run;
  constexpr RowId k_most_per_program = 4 * k_short;
  query(
      "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 60000) "
      "INSERT INTO transactions SELECT n, 'default', 'txn_' || (n - 1), 'acc_1', 'acc_2', '500.0', "
      "'INR', 'PROCESSING', '2025-11-08T14:31:00.000Z', NULL, 0, 0, NULL, 50000, x'7b7d', '', '' "
      "FROM number");
  const auto not_indexed = [this] {
    return std::stol(
        query("SELECT max(transactions.id) - indexed_until FROM transactions, id_index_state"));
  };
  int programs = 0;
  for (long left = not_indexed(); left > 2 * k_short; ++programs) {
    SqliteStore one(database, Lifetime::ONE_REQUEST);
    const auto session = one.open_intake();
    BOOST_TEST(all_are(DUPLICATE, store_all(*session, numbered(programs * 7, 1))));
    one.open_upkeep(TransactionStore::Keeper::STANDING_IN)->step(patience());
    const long before = std::exchange(left, not_indexed());
    BOOST_REQUIRE(before - left >= k_short);
    BOOST_REQUIRE(before - left <= k_most_per_program);
  }
  BOOST_TEST(programs > 1);
  SqliteStore one(database, Lifetime::ONE_REQUEST);
  const auto session = one.open_intake();
  BOOST_TEST(all_are(DUPLICATE, store_all(*session, numbered(0, 60'000))));
  BOOST_TEST(all_are(CREATED, store_all(*session, numbered(60'000, 10))));
}

BOOST_AUTO_TEST_CASE(ids_with_the_same_hash_are_told_apart) {
  Program program(database);
  store_all(program.intake, numbered(0, 10));
  program.index_all();
  // Now txn_1's row stands under the hashes of all the others too.
  query("INSERT OR IGNORE INTO id_index SELECT hash, 2 FROM id_index");
  check_known(program, 10);
  BOOST_TEST(program.reader.find("default", "txn_3")->transaction.transaction_id() == "txn_3");
}

BOOST_AUTO_TEST_CASE(what_was_not_committed_is_not_known) {
  FaultyDisk disk;
  Program program(database);
  store_all(program.intake, numbered(0, 1));
  disk.fill_after(0);
  BOOST_CHECK_THROW(store_all(program.intake, numbered(1, 3)), StoreUnavailable);
  disk.mend();
  BOOST_TEST(!program.reader.find("default", "txn_1").has_value());
  BOOST_TEST(all_are(CREATED, store_all(program.intake, numbered(1, 1))));
  check_known(program, 2);
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_is_repeated) {
  FaultyDisk disk;
  Program program(database);
  store_all(program.intake, numbered(0, 10));
  disk.fill_after(0);
  BOOST_CHECK_THROW(program.index_all(), StoreUnavailable);
  disk.mend();
  program.index_all();
  BOOST_TEST(indexed() == "10");
  check_known(program, 10);
}

BOOST_AUTO_TEST_CASE(rows_that_an_operator_removes_may_come_again_and_take_no_id_with_them) {
  for (const std::string removed : {"id > 12", "id > 5", "id > 0"}) {
    IndexFixture fixture;
    Program program(fixture.database);
    store_all(program.intake, numbered(0, 15));
    program.index_all();
    fixture.query("DELETE FROM transactions WHERE " + removed);
    BOOST_TEST_CONTEXT("without " << removed) {
      store_all(program.intake, numbered(0, 15));
      fixture.check_known(program, 15);
      Program later(fixture.database);
      fixture.check_known(later, 15);
      later.index_all();
      fixture.check_known(later, 15);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_id_that_stands_twice_becomes_an_alarm_when_it_is_indexed) {
  // In one run, and in two.
  for (const auto& [first, second] : {std::pair{3, 4}, std::pair{3, 14}}) {
    IndexFixture fixture;
    Program program(fixture.database);
    store_all(program.intake, numbered(0, 20));
    fixture.query(
        "UPDATE transactions SET transaction_id = (SELECT transaction_id FROM transactions "
        "WHERE id = " +
        std::to_string(first) + ") WHERE id = " + std::to_string(second));
    log::write_last_counts();  // its limits begin anew
    CapturedOutput log(2);
    program.index_all();
    const std::string lines = log.stop();
    BOOST_TEST(lines.find("error: the rows " + std::to_string(first) + " and " +
                          std::to_string(second)) != std::string::npos,
               lines);
    BOOST_TEST(std::count(lines.begin(), lines.end(), '\n') == 1, lines);
    BOOST_TEST(fixture.indexed() == "20");
  }
}

BOOST_AUTO_TEST_CASE(a_run_that_is_repeated_tells_of_no_id_twice) {
  Program program(database);
  store_all(program.intake, numbered(0, 10));
  program.index_all();
  query("UPDATE id_index_state SET indexed_until = 0");
  CapturedOutput log(2);
  program.index_all();
  BOOST_TEST(log.stop() == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_database_that_is_replaced_under_us, IndexFixture)

namespace {

/// As the SQL shell's .restore does it.
void restore(const std::filesystem::path& database, const std::filesystem::path& backup) {
  sqlite3* from = nullptr;
  sqlite3* to = nullptr;
  sqlite3_open(backup.c_str(), &from);
  sqlite3_open(database.c_str(), &to);
  sqlite3_db_config(to, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_backup* const copying = sqlite3_backup_init(to, "main", from, "main");
  BOOST_TEST(sqlite3_backup_step(copying, -1) == SQLITE_DONE);
  BOOST_TEST(sqlite3_backup_finish(copying) == SQLITE_OK);
  sqlite3_close(to);
  sqlite3_close(from);
}

struct Backup {
  std::string name;
  int rows;
  bool indexed;
  bool same_database;
};

const Backup k_backups[] = {{"an older one", 25, false, true},
                            {"an older one, indexed", 25, true, true},
                            {"an empty one", 0, false, true},
                            {"another database's", 45, false, false},
                            {"another database's, indexed", 45, true, false},
                            {"another, shorter database's", 15, true, false}};

/// Stores what the backup has, and makes it; then more.
std::filesystem::path make_backup(const Backup& backup, IndexFixture& fixture, Program& program) {
  const auto file = fixture.directory.path() / "backup";
  IndexFixture other_fixture;
  Program other(other_fixture.database);
  Program& original = backup.same_database ? program : other;
  store_all(original.intake, numbered(0, backup.rows));
  if (backup.indexed) {
    original.index_all();
  }
  (backup.same_database ? fixture : other_fixture).query("VACUUM INTO '" + file.string() + "'");
  return file;
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_id_is_stored_twice_whatever_came_in_its_place) {
  for (const Backup& backup : k_backups) {
    for (const bool indexed : {false, true}) {
      BOOST_TEST_CONTEXT(backup.name << (indexed ? " in place of one indexed" : "")) {
        IndexFixture fixture;
        Program program(fixture.database);
        const auto file = make_backup(backup, fixture, program);
        store_all(program.intake, numbered(0, 38));
        if (indexed) {
          program.index_all();
        }
        restore(fixture.database, file);
        for (const Webhook& webhook : numbered(0, backup.rows)) {
          BOOST_TEST(program.reader.find("default", webhook.id).has_value(),
                     webhook.id << " is not found");
        }
        const auto results = store_all(program.intake, numbered(0, 60));
        BOOST_TEST(std::count(results.begin(), results.end(), DUPLICATE) == backup.rows);
        fixture.check_known(program, 60);
        program.index_all();
        fixture.check_known(program, 60);
        Program later(fixture.database);
        fixture.check_known(later, 60);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_run_of_the_index_that_had_begun_is_not_entered) {
  IndexFixture fixture;
  Program program(fixture.database);
  const auto file = make_backup(k_backups[3], fixture, program);
  store_all(program.intake, numbered(100, 10));
  BOOST_TEST(program.keeper.step(patience()));  // begins
  BOOST_TEST(program.keeper.step(patience()));  // reads
  restore(fixture.database, file);
  program.index_all();
  fixture.check_known(program, 45);
}

BOOST_AUTO_TEST_CASE(a_reader_that_notices_it_first_disturbs_no_batch) {
  SharedState shared(database, Lifetime::SERVICE, k_run);
  SqliteConnection connection(database, SqliteConnection::Use::WRITING);
  IdIndex ids(connection, shared.recent);
  SqliteStatusReader reader(shared);
  const auto turn = connection.take_turn(patience());
  {
    ScopedTransaction transaction(connection);
    ids.catch_up_in_transaction();
    shared.recent.begin_anew(0);  // a reader's thread
    BOOST_CHECK_THROW(ids.require_same_beginning(), StoreTimeout);
  }
  ScopedTransaction transaction(connection);
  ids.catch_up_in_transaction();
  BOOST_CHECK_NO_THROW(ids.require_same_beginning());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
