#include "store/sqlite/checkpointer.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>

#include "store/sqlite/background_checkpoints.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/scoped_transaction.h"
#include "tests/unit/store/sqlite/faulty_disk.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

namespace {

using std::chrono::seconds;

/// A writer beside a checkpointer, as in the programs.
struct CheckpointFixture : CreatedStoreFixture {
  CheckpointFixture() { intake(); }

  /// Stores a row of several pages; calls `in_turn` right after the commit.
  template <typename InTurn>
  void store(int number, InTurn in_turn) {
    const auto turn = writer.take_turn(patience());
    ScopedTransaction transaction(writer);
    writer.execute("INSERT INTO conflicts VALUES (NULL, 'default', '" + std::to_string(number) +
                   "', 'a', 'b', '1.0', 'INR', 'x', zeroblob(20000), 's', '')");
    transaction.commit();
    in_turn();
  }
  void store(int number) {
    store(number, [] {});
  }
  void store_and_pin(int number) {
    store(number, [this] { checkpointer.pin(); });
  }

  std::string stored() const { return query("SELECT count(*) FROM conflicts"); }

  /// An immutable file is read without its WAL.
  std::string in_the_file_alone() const {
    return PlainDatabase("file:" + database.string() + "?immutable=1")
        .query("SELECT count(*) FROM conflicts");
  }
  std::uintmax_t wal_bytes() const { return std::filesystem::file_size(beside("-wal")); }

  FaultyDisk disk;
  SqliteConnection writer{database, SqliteConnection::Use::WRITING};
  Checkpointer checkpointer{database};
};

constexpr seconds k_patience{60};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(checkpoints_beside_a_writer, CheckpointFixture)

BOOST_AUTO_TEST_CASE(all_of_the_wal_gets_into_the_database_file) {
  store_and_pin(1);
  store(2);
  checkpointer.run(k_patience);
  BOOST_TEST(in_the_file_alone() == "2");
}

BOOST_AUTO_TEST_CASE(what_was_there_when_it_began_needs_no_turn) {
  store_and_pin(1);
  {
    const auto turn = writer.take_turn(patience());
    BOOST_CHECK_THROW(checkpointer.run(seconds{0}), StoreTimeout);
  }
  BOOST_TEST(in_the_file_alone() == "1");
}

BOOST_AUTO_TEST_CASE(the_wal_begins_anew_afterwards) {
  for (int i = 0; i < 3; ++i) {
    store_and_pin(i);
    checkpointer.run(k_patience);
  }
  const auto before = wal_bytes();
  for (int i = 3; i < 30; ++i) {
    store_and_pin(i);
    checkpointer.run(k_patience);
  }
  BOOST_TEST(wal_bytes() == before);
  BOOST_TEST(stored() == "30");
}

BOOST_AUTO_TEST_CASE(while_it_is_pinned_the_wal_does_not_begin_anew) {
  store_and_pin(1);
  const auto before = wal_bytes();
  {
    const auto turn = writer.take_turn(patience());
    writer.checkpoint();  // all of it: without the pin the next commit would write at its beginning
  }
  store(2);
  BOOST_TEST(wal_bytes() > before);
  checkpointer.run(k_patience);
  BOOST_TEST(in_the_file_alone() == "2");
}

BOOST_AUTO_TEST_CASE(one_that_fails_lets_the_wal_go) {
  store_and_pin(1);
  disk.fill_after(0, ".sqlite");
  BOOST_CHECK_THROW(checkpointer.run(k_patience), StoreUnavailable);
  disk.mend();
  store_and_pin(2);
  checkpointer.run(k_patience);
  BOOST_TEST(in_the_file_alone() == "2");
}

BOOST_AUTO_TEST_CASE(one_whose_sync_failed_holds_the_wal_which_has_what_the_file_did_not_take) {
  store_and_pin(1);
  store(2);
  disk.fail_syncs(".sqlite");
  BOOST_CHECK_THROW(checkpointer.run(k_patience), StoreBroken);
  disk.mend();
  const auto before = wal_bytes();
  // One that was in its turn when the sync failed.
  writer.checkpoint();
  ScopedTransaction transaction(writer);
  writer.execute("DELETE FROM conflicts");
  transaction.commit();
  BOOST_TEST(wal_bytes() > before);
}

BOOST_AUTO_TEST_CASE(the_file_is_synced_outside_the_turn) {
  store_and_pin(1);
  store(2);  // so that the first part is not all of the WAL
  disk.fail_syncs(".sqlite");
  const auto turn = writer.take_turn(patience());
  BOOST_CHECK_THROW(checkpointer.run(seconds{0}), StoreBroken);
}

BOOST_AUTO_TEST_CASE(a_session_can_tell_whether_its_last_transaction_has_written) {
  // A reader that begins after one that has not might hold nothing.
  store(1);
  BOOST_TEST(writer.has_written());
  {
    const auto turn = writer.take_turn(patience());
    ScopedTransaction transaction(writer);
    transaction.commit();
  }
  BOOST_TEST(!writer.has_written());
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_when_writers_and_two_checkpointers_race) {
  constexpr int k_rows = 600;
  std::atomic<bool> ended = false;
  std::thread other([this, &ended] {
    SqliteConnection connection(database, SqliteConnection::Use::WRITING);
    Checkpointer second(database);
    for (int i = 0; !ended; ++i) {
      {
        const auto turn = connection.take_turn(patience());
        ScopedTransaction transaction(connection);
        connection.execute("PRAGMA user_version = " + std::to_string(k_schema_version + i % 2));
        transaction.commit();
        second.pin();
      }
      try {
        second.run(k_patience);
      } catch (const StoreTimeout&) {
        continue;  // the first one is at it
      }
    }
  });
  {
    BackgroundCheckpoints background(database);
    for (int i = 0; i < k_rows; ++i) {
      store(i, [this, &background] { background.begin_when_due(writer, 20); });
    }
    ended = true;
    other.join();
    BOOST_CHECK_NO_THROW(background.rethrow_failure());
  }
  BOOST_TEST(stored() == std::to_string(k_rows));
  BOOST_TEST(query("PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_CASE(in_the_background_they_come_when_the_wal_has_grown) {
  const auto before = std::filesystem::file_size(database);
  {
    BackgroundCheckpoints background(database);
    for (int i = 0; std::filesystem::file_size(database) == before; ++i) {
      store(i, [this, &background] { background.begin_when_due(writer, 20); });
    }
  }
  BOOST_TEST(in_the_file_alone() != "0");
}

BOOST_AUTO_TEST_CASE(in_the_background_they_begin_once_what_kept_them_from_opening_is_over) {
  BackgroundCheckpoints background(database);
  const auto store_next = [this, &background](int number) {
    store(number, [this, &background] { background.begin_when_due(writer, 20); });
  };
  const auto elsewhere = beside("-elsewhere");
  std::filesystem::rename(database, elsewhere);
  int number = 0;
  for (bool told = false; !told; ++number) {
    store_next(number);
    try {
      background.rethrow_failure();
    } catch (const StoreUnavailable&) {
      told = true;
    }
  }
  std::filesystem::rename(elsewhere, database);
  const auto before = std::filesystem::file_size(database);
  for (int i = 0; i < 2000 && std::filesystem::file_size(database) == before; ++i) {
    store_next(number + i);
  }
  BOOST_TEST(std::filesystem::file_size(database) > before);
}

BOOST_AUTO_TEST_CASE(a_failure_in_the_background_is_told) {
  BackgroundCheckpoints background(database);
  disk.fail_syncs(".sqlite");
  const auto store_until_it_is_broken = [this, &background] {
    for (int i = 0;; ++i) {
      store(i, [this, &background] { background.begin_when_due(writer, 20); });
    }
  };
  BOOST_CHECK_THROW(store_until_it_is_broken(), StoreBroken);
  const auto wait_until_told = [&background] {
    for (;;) {
      background.rethrow_failure();
    }
  };
  BOOST_CHECK_THROW(wait_until_told(), StoreBroken);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
