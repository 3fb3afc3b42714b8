#include "store/sqlite/maintenance.h"

#include <fmt/format.h>

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

/// A store with some transactions.
struct FilledFixture : CreatedStoreFixture {
  explicit FilledFixture(int transactions = 3) {
    std::vector<Webhook> webhooks;
    for (int i = 1; i <= transactions; ++i) {
      webhooks.push_back({.id = fmt::format("txn_{}", i)});
    }
    store_all(*intake(), webhooks);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(maintenance)

BOOST_AUTO_TEST_CASE(in_a_directory_one_backup_or_restore_is_written_at_a_time) {
  FilledFixture f;
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
  FilledFixture f;
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
