#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "store/sqlite/schema.h"
#include "store/sqlite/write_turn.h"
#include "tests/unit/store/sqlite/child_process.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

namespace {

/// "78: message" when a store cannot be opened, else "opened".
std::string opening(const std::filesystem::path& database) {
  try {
    CreatingStore payments(database);
    payments.open_intake();
    payments.open_status_reader();
    payments.open_processing_queue();
    return "opened";
  } catch (const ProgramError& e) {
    return std::to_string(e.exit_status()) + ": " + e.what();
  }
}

bool starts_with(const std::string& text, int exit_status) {
  return text.starts_with(std::to_string(exit_status) + ": ");
}

/// File permissions do not bind root: the tests about them run as nobody.
void become_nobody() {
  constexpr uid_t k_nobody = 65534;
  if (::geteuid() == 0 &&
      (::setgroups(0, nullptr) != 0 || ::setgid(k_nobody) != 0 || ::setuid(k_nobody) != 0)) {
    throw std::runtime_error("cannot become nobody");
  }
}

struct OpeningFixture : StoreFixture {
  std::string opening_as_nobody() {
    return in_child([this] {
      become_nobody();
      return opening(database);
    });
  }

  /// By a session that is opened when there is something to store.
  std::string storing_as_nobody() {
    return in_child([this] {
      become_nobody();
      SqliteStore store(database, Lifetime::ONE_REQUEST);
      try {
        store.open_intake()->prove_that_it_stores(patience());
        return "stored";
      } catch (const StoreUnavailable&) {
        return "unavailable";
      } catch (const StoreBroken&) {
        return "broken";
      }
    });
  }

  /// Lets nobody create files in a new directory, where the database then belongs.
  void move_to_open_directory() {
    std::filesystem::permissions(directory.path(), std::filesystem::perms{0755});
    const auto open_directory = directory.path() / "open";
    std::filesystem::create_directory(open_directory);
    std::filesystem::permissions(open_directory, std::filesystem::perms{0777});
    database = open_directory / "db.sqlite";
  }

  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
      names.insert(entry.path().filename());
    }
    return names;
  }

  mode_t mode_of(const std::string& suffix) const {
    struct stat status {};
    BOOST_REQUIRE_EQUAL(::stat(beside(suffix).c_str(), &status), 0);
    return status.st_mode & 0777U;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(opening_a_store, OpeningFixture)

BOOST_AUTO_TEST_CASE(any_kind_of_session_creates_the_database) {
  for (int kind = 0; kind < 3; ++kind) {
    OpeningFixture fresh;
    if (kind == 0) {
      fresh.intake();
    } else if (kind == 1) {
      fresh.reader();
    } else {
      fresh.queue();
    }
    BOOST_TEST(fresh.query("SELECT count(*) FROM transactions") == "0");
  }
}

BOOST_AUTO_TEST_CASE(the_database_is_marked_as_payhooks) {
  intake();
  BOOST_TEST(query("PRAGMA application_id") == std::to_string(k_application_id));
  BOOST_TEST(query("PRAGMA user_version") == std::to_string(k_schema_version));
  BOOST_TEST(query("PRAGMA journal_mode") == "wal");
  BOOST_TEST(bytes_of(database).substr(68, 4) == "PayH");
}

BOOST_AUTO_TEST_CASE(the_schema_is_the_one_that_people_can_read) {
  intake();
  BOOST_TEST(query("SELECT name FROM pragma_table_info('transactions')") ==
             "id\nsource\ntransaction_id\nsource_account\ndestination_account\namount\ncurrency\n"
             "status\ncreated_at\nprocessed_at\ndue_at\nattempts\nlast_error\namount_minor\nbody\n"
             "headers\nremote_address");
  BOOST_TEST(query("SELECT name, strict FROM pragma_table_list "
                   "WHERE schema = 'main' AND name NOT LIKE 'sqlite%' ORDER BY 1") ==
             "account_order|1\nattempts|1\nconflicts|1\ndatabase_sizes|1\nevents|1\nevents_size|1\n"
             "id_index|1\nid_index_state|1\nlate_rows|1\nnot_emptied|1\noperations|1\noutcomes|1\n"
             "outcomes_by_hour|1\noutcomes_by_minute|1\npause|1\nprocessing_lag|1\npruned_ids|1\n"
             "quarantine|1\nquarantine_size|1\nretention|1\ntransactions|1");
}

BOOST_AUTO_TEST_CASE(the_schema_refuses_what_no_transaction_can_be) {
  payments.open_intake();
  const auto insert = [this](const std::string& values) {
    try {
      query(
          "INSERT INTO transactions (source, transaction_id, source_account, destination_account, "
          "amount, currency, status, created_at, processed_at, due_at, amount_minor, body, "
          "remote_address, headers) VALUES ('s', " +
          values + ", '')");
      return std::string("stored");
    } catch (const std::runtime_error& e) {
      return std::string(e.what()).substr(0, std::string(e.what()).find(' '));
    }
  };
  BOOST_TEST(insert("'t','a','b','1.0','INR','PROCESSING','x',NULL,1,100,x'','s'") == "stored");
  for (const auto* values : {
           "'','a','b','1.0','INR','PROCESSING','x',NULL,1,100,x'','s'",      // no id
           "NULL,'a','b','1.0','INR','PROCESSING','x',NULL,1,100,x'','s'",    //
           "'u','a','b','1.0','INR','DONE','x','y',NULL,100,x'','s'",         // unknown status
           "'u','a','b','1.0','INR','PROCESSED','x',NULL,NULL,100,x'','s'",   // without its time
           "'u','a','b','1.0','INR','PROCESSING','x','y',1,100,x'','s'",      // with a time
           "'u','a','b','1.0','INR','PROCESSING','x',NULL,NULL,100,x'','s'",  // never due
           "'u','a','b','1.0','INR','PROCESSED','x','y',1,100,x'','s'",       // still due
           "'u','a','b','1.0','INR','PROCESSING','x',NULL,1,0,x'','s'",       // no money
           "'u','a','b','1.0','INR','PROCESSING','x',NULL,1,'many',x'','s'",  // a text
           "'u','a','b','1.0','INR','PROCESSING','x',NULL,1,100,'text','s'",  // no blob
       }) {
    BOOST_TEST_CONTEXT(values) { BOOST_TEST(insert(values) != "stored"); }
  }
}

BOOST_AUTO_TEST_CASE(an_empty_file_becomes_a_database) {
  std::ofstream(database).flush();
  BOOST_TEST(opening(database) == "opened");
}

BOOST_AUTO_TEST_CASE(its_files_are_not_for_everybody_under_the_programs_umask) {
  const mode_t before = ::umask(027);
  const auto session = intake();
  ::umask(before);
  for (const auto* suffix : {"", "-wal", "-shm", ".turn"}) {
    BOOST_TEST_CONTEXT(suffix) { BOOST_TEST(mode_of(suffix) == 0640U); }
  }
  BOOST_TEST((files() == std::set<std::string>{"db.sqlite", "db.sqlite-wal", "db.sqlite-shm",
                                               "db.sqlite.turn"}));
}

BOOST_AUTO_TEST_CASE(any_name_is_a_good_name) {
  for (const auto* name :
       {"with space", "50%25?mode=ro#x", "\xe2\x82\xac", "file:x", "-x", "a'b\"c"}) {
    BOOST_TEST_CONTEXT(name) {
      const auto file = directory.path() / name;
      BOOST_TEST(opening(file) == "opened");
      BOOST_TEST(std::filesystem::exists(file));
      BOOST_TEST(opening(file) == "opened");
    }
  }
  BOOST_TEST(opening("/" + database.string()) == "opened");
  BOOST_TEST(opening("/" + database.string()) == "opened", "again");
}

BOOST_AUTO_TEST_CASE(threads_that_open_it_at_once_create_one_database) {
  std::vector<std::thread> threads;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this, &opened] { opened += opening(database) == "opened" ? 1 : 0; });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  BOOST_TEST(opened == 8);
  BOOST_TEST(query("PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_CASE(processes_that_open_it_at_once_create_one_database) {
  std::vector<std::unique_ptr<HelperProcess>> helpers;
  for (int i = 0; i < 6; ++i) {
    helpers.push_back(
        std::make_unique<HelperProcess>(std::vector<std::string>{"open", database.string()}));
    BOOST_REQUIRE_EQUAL(helpers.back()->line(), "ready");
  }
  for (const auto& helper : helpers) {
    helper->proceed();
  }
  for (const auto& helper : helpers) {
    BOOST_TEST(helper->wait() == 0);
  }
  BOOST_TEST(query("PRAGMA integrity_check") == "ok");
  BOOST_TEST(query("PRAGMA user_version") == std::to_string(k_schema_version));
}

BOOST_AUTO_TEST_CASE(a_process_that_has_used_sqlite_before_opens_it_too) {
  HelperProcess helper({"open-late", database.string()});
  BOOST_TEST(helper.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_session_that_opens_or_closes_leaves_the_others_locks_alone) {
  // POSIX drops all of a process's locks on a file when it closes any descriptor of it; whoever
  // then opened and closed the database would delete the WAL under us.
  const auto first = intake();
  BOOST_TEST(opening(database) == "opened");
  const std::string seen = in_child([this]() -> std::string {
    const UniqueFd file(::open(database.c_str(), O_RDWR | O_CLOEXEC));
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 0x40000002;  // SQLite's range of shared locks
    lock.l_len = 510;
    ::fcntl(file.get(), F_GETLK, &lock);
    return lock.l_type == F_RDLCK ? "locked" : "not locked";
  });
  BOOST_TEST(seen == "locked");
}

BOOST_AUTO_TEST_CASE(another_programs_database_is_refused_and_left_as_it_was) {
  PlainDatabase(database).query(
      "CREATE TABLE transactions (id INTEGER PRIMARY KEY, transaction_id TEXT);"
      "INSERT INTO transactions VALUES (1, 'theirs')");
  const std::string before = bytes_of(database);
  const std::string refusal = opening(database);
  BOOST_TEST(starts_with(refusal, EX_CONFIG));
  BOOST_TEST(refusal.find(database.string() + " is another program's database") !=
             std::string::npos);
  BOOST_TEST((bytes_of(database) == before));
  BOOST_TEST((files() == std::set<std::string>{"db.sqlite", "db.sqlite.turn"}));
}

BOOST_AUTO_TEST_CASE(another_programs_mark_is_not_ours) {
  PlainDatabase(database).query("PRAGMA application_id = 1; CREATE TABLE t (x)");
  const std::string before = bytes_of(database);
  BOOST_TEST(starts_with(opening(database), EX_CONFIG));
  BOOST_TEST((bytes_of(database) == before));
}

BOOST_AUTO_TEST_CASE(another_programs_wal_is_left_as_it_was_too) {
  const PlainDatabase theirs(database);
  theirs.query("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES ('theirs')");
  const std::string before = bytes_of(database);
  const std::string wal_before = bytes_of(beside("-wal"));
  BOOST_REQUIRE(!wal_before.empty());
  BOOST_TEST(starts_with(opening(database), EX_CONFIG));
  BOOST_TEST((bytes_of(database) == before));
  BOOST_TEST((bytes_of(beside("-wal")) == wal_before));
  BOOST_TEST(theirs.query("SELECT x FROM t") == "theirs");
}

BOOST_AUTO_TEST_CASE(another_programs_wal_survives_when_that_program_has_crashed) {
  PlainDatabase(database).query(
      "PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES ('theirs')");
  std::filesystem::remove(beside("-shm"));
  const std::string before = bytes_of(database);
  const std::string wal_before = bytes_of(beside("-wal"));
  BOOST_REQUIRE(!wal_before.empty());
  BOOST_TEST(starts_with(opening(database), EX_CONFIG));
  BOOST_TEST((bytes_of(database) == before));
  BOOST_TEST((bytes_of(beside("-wal")) == wal_before));
  BOOST_TEST((files() == std::set<std::string>{"db.sqlite", "db.sqlite-wal", "db.sqlite.turn"}));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_refused_and_left_as_it_was) {
  for (const auto& content :
       {std::string("x"), std::string("transaction_id,amount\n"), std::string(100, 'x'),
        std::string(8192, '\0'), std::string(8192, '\xff'), std::string("SQLite format 3"),
        "SQLite format 3" + std::string(8192, '\0')}) {
    std::ofstream(database, std::ios::trunc) << content;
    const std::string refusal = opening(database);
    BOOST_TEST_CONTEXT(refusal) {
      BOOST_TEST(starts_with(refusal, EX_CONFIG));
      BOOST_TEST((bytes_of(database) == content));
      BOOST_TEST((files() == std::set<std::string>{"db.sqlite", "db.sqlite.turn"}));
    }
  }
}

BOOST_AUTO_TEST_CASE(another_major_schema_is_refused_with_what_to_do) {
  payments.open_intake();
  for (const auto* version : {"4000", "4001", "2001", "999", "-1"}) {
    query(std::string("PRAGMA user_version = ") + version);
    BOOST_TEST_CONTEXT(version) { BOOST_TEST(starts_with(opening(database), EX_CONFIG)); }
  }
  query("PRAGMA user_version = 4001");
  BOOST_TEST(opening(database).find("schema version 4.1, and this program knows version 3") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_earlier_step_is_brought_up_to_date_with_what_it_holds) {
  constexpr int k_before_sizes_of_events = 3002;
  query(fmt::format("PRAGMA application_id = {}; PRAGMA journal_mode = WAL", k_application_id));
  for (const SchemaStep& step : k_schema_steps) {
    if (step.version <= k_before_sizes_of_events) {
      query(step.sql);
      query(fmt::format("PRAGMA user_version = {}", step.version));
    }
  }
  query(
      "INSERT INTO events (source, type, received_at, headers, body, body_hash, remote_address) "
      "VALUES ('a', 't', '', 'é', x'626f6479', zeroblob(32), '')");
  BOOST_TEST(opening(database) == "opened");
  BOOST_TEST(query("PRAGMA user_version") == std::to_string(k_schema_version));
  BOOST_TEST(query("SELECT webhooks, bytes FROM events_size") == "1|6");
}

BOOST_AUTO_TEST_CASE(a_newer_step_of_the_same_major_schema_is_good) {
  payments.open_intake();
  query(
      "ALTER TABLE transactions ADD COLUMN later TEXT; CREATE TABLE later_table (x);"
      "PRAGMA user_version = 3999");
  BOOST_TEST(opening(database) == "opened");
  const auto session = payments.open_intake();
  store_all(*session, {{}});
  BOOST_TEST(payments.open_status_reader()->find("default", "txn_1").has_value());
  BOOST_TEST(query("PRAGMA user_version") == "3999");
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_missing_is_named) {
  const std::string refusal = opening(directory.path() / "missing" / "db.sqlite");
  BOOST_TEST(starts_with(refusal, EX_CANTCREAT));
  BOOST_TEST(refusal.find((directory.path() / "missing").string() + " does not exist") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_directory_is_no_database) {
  std::filesystem::create_directory(database);
  BOOST_TEST(opening(database) != "opened");
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_written_is_named) {
  move_to_open_directory();
  std::filesystem::permissions(database.parent_path(), std::filesystem::perms{0555});
  const std::string refusal = opening_as_nobody();
  BOOST_TEST(starts_with(refusal, EX_CANTCREAT));
  BOOST_TEST(refusal.find(database.parent_path().string()) != std::string::npos);
  std::filesystem::permissions(database.parent_path(), std::filesystem::perms{0777});
}

BOOST_AUTO_TEST_CASE(a_database_that_cannot_be_written_or_read_is_refused) {
  move_to_open_directory();
  BOOST_REQUIRE_EQUAL(opening_as_nobody(), "opened");
  // Also when it has been restored, and its turn's file was moved aside with the old one.
  for (const unsigned mode : {0444U, 0200U, 0000U, 0444U, 0200U, 0000U}) {
    std::filesystem::permissions(database, std::filesystem::perms{mode});
    const std::string refusal = opening_as_nobody();
    BOOST_TEST_CONTEXT(mode << ": " << refusal) {
      BOOST_TEST(starts_with(refusal, EX_NOPERM));
      BOOST_TEST(refusal.find(database.string()) != std::string::npos);
    }
    std::filesystem::remove(beside(".turn"));
  }
}

BOOST_AUTO_TEST_CASE(a_wal_or_its_index_that_can_only_be_read_is_refused) {
  move_to_open_directory();
  BOOST_REQUIRE_EQUAL(opening_as_nobody(), "opened");
  for (const auto* suffix : {"-wal", "-shm"}) {
    std::filesystem::permissions(beside(suffix), std::filesystem::perms{0444});
    const std::string refusal = opening_as_nobody();
    BOOST_TEST_CONTEXT(suffix << ": " << refusal) {
      BOOST_TEST(starts_with(refusal, EX_NOPERM));
      BOOST_TEST(refusal.find("see the owner and the mode") != std::string::npos);
    }
    std::filesystem::permissions(beside(suffix), std::filesystem::perms{0644});
    BOOST_REQUIRE_EQUAL(opening_as_nobody(), "opened");
    std::filesystem::permissions(beside(suffix), std::filesystem::perms{0444});
    // Whoever has begun goes on, and tries again.
    BOOST_TEST(storing_as_nobody() == "unavailable", suffix);
    std::filesystem::permissions(beside(suffix), std::filesystem::perms{0644});
  }
}

BOOST_AUTO_TEST_CASE(a_lock_file_that_cannot_be_written_is_refused) {
  move_to_open_directory();
  BOOST_REQUIRE_EQUAL(opening_as_nobody(), "opened");
  std::filesystem::permissions(beside(".turn"), std::filesystem::perms{0444});
  BOOST_TEST(starts_with(opening_as_nobody(), EX_CANTCREAT));
}

BOOST_AUTO_TEST_CASE(a_damaged_database_is_told_from_a_wrong_one) {
  store_all(*payments.open_intake(), {{}});
  fold_wal_into_database();
  const std::string whole = bytes_of(database);
  const auto damaged = [&](const std::string& bytes) {
    std::ofstream(database, std::ios::trunc) << bytes;
    std::filesystem::remove(beside("-wal"));
    std::filesystem::remove(beside("-shm"));
    try {
      store_all(*intake(), {{.id = "other"}});
      return std::string("stored");
    } catch (const StoreBroken& e) {
      return std::to_string(e.exit_status()) + ": " + e.what();
    } catch (const ProgramError& e) {
      return std::to_string(e.exit_status()) + ": " + e.what();
    }
  };
  std::string pages = whole;
  std::fill(pages.begin() + 4096, pages.end(), '\xff');
  BOOST_TEST(starts_with(damaged(pages), EX_DATAERR), "pages: " << damaged(pages));
  std::string schema = whole;
  std::fill(schema.begin() + 100, schema.begin() + 4096, '\xff');
  BOOST_TEST(starts_with(damaged(schema), EX_DATAERR), "schema: " << damaged(schema));
  const std::string cut = whole.substr(0, 8192);
  BOOST_TEST(starts_with(damaged(cut), EX_DATAERR), "cut: " << damaged(cut));
  BOOST_TEST(damaged(whole) == "stored");
}

BOOST_AUTO_TEST_CASE(a_missing_database_is_refused_unless_it_is_to_be_created) {
  SqliteStore existing(database);
  BOOST_CHECK_EXCEPTION(existing.open_intake(), ProgramError,
                        [](const ProgramError& e) { return e.exit_status() == EX_NOINPUT; });
  BOOST_TEST(std::filesystem::is_empty(directory.path()));
  create_database(database);
  BOOST_CHECK_NO_THROW(existing.open_intake());
}

BOOST_AUTO_TEST_CASE(upkeep_of_a_database_that_is_missing_by_then_is_tried_again) {
  CreatingStore store(database);
  store.open_intake();
  const auto upkeep = store.open_upkeep(TransactionStore::Keeper::ALWAYS);
  std::filesystem::rename(database, beside(".aside"));
  BOOST_CHECK_THROW(upkeep->step(patience()), StoreUnavailable);
}

BOOST_AUTO_TEST_CASE(a_wal_without_its_database_is_left_as_it_was) {
  store_all(*intake(), {{}});
  const std::string wal = bytes_of(beside("-wal"));
  const std::string lost = bytes_of(database);
  std::filesystem::remove(beside("-shm"));
  for (const bool missing : {true, false}) {
    std::filesystem::remove(database);
    if (!missing) {
      std::ofstream(database).flush();
    }
    BOOST_TEST_CONTEXT((missing ? "missing" : "empty")) {
      const std::string refusal = opening(database);
      BOOST_TEST(starts_with(refusal, EX_CANTCREAT));
      BOOST_TEST(refusal.find(beside("-wal").string()) != std::string::npos);
      BOOST_TEST((bytes_of(beside("-wal")) == wal));
    }
  }
  std::ofstream(database, std::ios::trunc) << lost;
  BOOST_TEST(reader()->find("default", "txn_1").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
