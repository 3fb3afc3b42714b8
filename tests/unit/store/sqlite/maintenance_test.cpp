#include "store/sqlite/maintenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "store/sqlite/partial_file.h"
#include "store/sqlite/standstill.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

namespace {

void no_progress(std::string_view /*doing*/, std::uint64_t /*done*/, std::uint64_t /*all*/) {}

/// What a check finds, and what it says of all.
struct CheckFixture : CreatedStoreFixture {
  explicit CheckFixture(int transactions = 3) {
    std::vector<Webhook> webhooks;
    for (int i = 1; i <= transactions; ++i) {
      webhooks.push_back({.id = fmt::format("txn_{}", i)});
    }
    store_all(*intake(), webhooks);
  }

  std::vector<std::string> findings(StoreMaintenance::Depth depth = StoreMaintenance::Depth::FULL) {
    std::vector<std::string> found;
    looked_at = SqliteMaintenance(database).check(
        depth,
        [&found](const StoreFlaw& flaw) {
          BOOST_TEST(!flaw.remedy.empty());
          found.push_back(flaw.what);
        },
        no_progress);
    return found;
  }

  std::int64_t looked_at = 0;
};

std::string only(const std::vector<std::string>& findings) {
  BOOST_TEST(findings.size() == 1U);
  return findings.empty() ? "" : findings.front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(maintenance)

BOOST_AUTO_TEST_CASE(a_whole_store_is_found_whole_whether_its_ids_are_indexed_or_not) {
  CheckFixture f;
  BOOST_TEST(f.findings().empty());
  BOOST_TEST(f.looked_at == 3);
  {
    SharedState shared(f.database, Lifetime::SERVICE, 2);
    Writer writer(shared, Writer::k_pages_of_others);
    IdIndexer indexer(writer, 2);
    while (indexer.step(patience())) {
    }
  }
  BOOST_TEST(f.query("SELECT count(*) FROM id_index") != "0");
  BOOST_TEST(f.findings().empty());
}

BOOST_AUTO_TEST_CASE(what_payhook_cannot_have_written_is_named_by_its_row) {
  const std::pair<std::string, std::string> table[] = {
      {"UPDATE transactions SET amount = '4.0' WHERE id = 2",
       "row 2 of the table transactions: its amount and its amount_minor are different sums"},
      {"UPDATE transactions SET created_at = 'yesterday' WHERE id = 2",
       "row 2 of the table transactions: "},
      {"UPDATE transactions SET source_account = '' WHERE id = 3",
       "row 3 of the table transactions: "},
      {"UPDATE transactions SET due_at = 9223372036854775807 WHERE id = 1",
       "row 1 of the table transactions: it waits for another transaction of its account"},
      {"UPDATE transactions SET transaction_id = 'txn_1' WHERE id = 3",
       "row 3 of the table transactions: row 1 has the same transaction_id"},
      {"UPDATE id_index_state SET indexed_until = 1",
       "row 1 of the table transactions: it is not found by its transaction_id"},
      {"INSERT INTO attempts (transaction_row, number, started_at) VALUES (9, 1, '')",
       "row 9 of the table transactions: it is missing, and has an attempt 1"},
      {"INSERT INTO attempts (transaction_row, number, started_at) VALUES (1, 1, '')",
       "row 1 of the table transactions: it has an attempt 1 of 0"},
      {"PRAGMA ignore_check_constraints = ON; UPDATE transactions SET status = 'LOST' WHERE id = 2",
       "row 2 of the table transactions: its status is LOST"},
  };
  for (const auto& [sql, expected] : table) {
    CheckFixture f;
    f.query(sql);
    const std::string found = only(f.findings(StoreMaintenance::Depth::QUICK));
    BOOST_TEST(found.starts_with(expected), found);
    BOOST_TEST(f.looked_at == 3);
  }
}

BOOST_AUTO_TEST_CASE(rows_that_cannot_be_read_are_named_and_those_behind_them_looked_at) {
  CheckFixture f(400);
  f.fold_wal_into_database();
  const auto page =
      std::stoll(f.query("SELECT pageno FROM dbstat WHERE name = 'transactions' AND pagetype = "
                         "'leaf' LIMIT 1 OFFSET 5"));
  {
    std::fstream file(f.database, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((page - 1) * 4096);
    file << std::string(4096, '\xa5');
  }
  const std::vector<std::string> quick = f.findings(StoreMaintenance::Depth::QUICK);
  BOOST_TEST(std::any_of(quick.begin(), quick.end(), [](const std::string& found) {
    return found.starts_with("transactions with a row number from ");
  }));
  BOOST_TEST(f.looked_at > 300);
  BOOST_TEST(f.looked_at < 400);
  BOOST_TEST(f.findings().front().starts_with("the table transactions is damaged: "));
}

BOOST_AUTO_TEST_CASE(in_a_directory_one_backup_or_restore_is_written_at_a_time) {
  CheckFixture f;
  SqliteMaintenance store(f.database);
  const auto backup = f.directory.path() / "backup.sqlite";
  const auto back_up = [&] {
    return store.back_up(backup, StoreMaintenance::Existing::REPLACE, no_progress).transactions;
  };
  {
    const PartialFile other(f.directory.path());
    BOOST_CHECK_THROW(back_up(), ProgramError);
  }
  std::ofstream(f.directory.path() / "payhook.part") << "left by one that was killed";
  BOOST_TEST(back_up() == 3);
  BOOST_TEST(!std::filesystem::exists(f.directory.path() / "payhook.part"));
}

BOOST_AUTO_TEST_CASE(nobody_opens_the_store_in_a_standstill_nor_comes_it_beside_a_session) {
  CheckFixture f;
  {
    const Standstill standstill(f.database);
    BOOST_CHECK_THROW(
        SqliteConnection(f.database, SqliteConnection::Use::READING, std::chrono::milliseconds{10}),
        StoreTimeout);
  }
  const SqliteConnection session(f.database, SqliteConnection::Use::READING);
  BOOST_CHECK_THROW(Standstill{f.database}, ProgramError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
