#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "store/sqlite/page_cache.h"
#include "store/sqlite/turn_file.h"
#include "tests/unit/store/sqlite/child_process.h"
#include "tests/unit/store/sqlite/faulty_disk.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

namespace {

using Condition = TurnFile::Condition;

std::atomic<bool> syncs_fail = false;

}  // namespace

/// In place of the C library's, for all of this executable.
extern "C" int fdatasync(int fd) {
  if (syncs_fail) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

namespace {

/// Whether the first page of a file is in memory. (A read with RWF_NOWAIT would tell too, but have
/// it read into memory from then on.)
bool is_in_memory(const std::filesystem::path& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    return false;
  }
  void* const address = ::mmap(nullptr, 1, PROT_NONE, MAP_SHARED, fd.get(), 0);
  BOOST_REQUIRE(address != MAP_FAILED);
  unsigned char page = 0;
  BOOST_REQUIRE(::mincore(address, 1, &page) == 0);
  ::munmap(address, 1);
  return (page & 1U) != 0;
}

/// A file that a program has mapped: the kernel does not forget its pages.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& file) {
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    m_address = ::mmap(nullptr, k_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd.get(), 0);
    BOOST_REQUIRE(m_address != MAP_FAILED);
  }
  ~MappedFile() { ::munmap(m_address, k_size); }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

 private:
  static constexpr std::size_t k_size = 4096;
  void* m_address;
};

struct BrokenStoreFixture : StoreFixture {
  ~BrokenStoreFixture() { syncs_fail = false; }

  Condition condition() const { return TurnFile(beside(".turn")).condition(); }
  void set_condition(Condition condition) const {
    TurnFile(beside(".turn")).set_condition(condition);
  }

  /// Lets a sync of files whose names end so fail, once.
  void break_store(const std::string& name_end) {
    disk.fail_syncs(name_end);
    const auto session = upkeep();
    BOOST_CHECK_THROW(rest(*session), StoreBroken);
    disk.mend();
  }

  /// As programs do that open it: what the kernel still has in its hands, on a busy machine, goes
  /// at a later try.
  void forget_what_is_cached() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    while ((is_in_memory(database) || is_in_memory(beside("-wal"))) &&
           std::chrono::steady_clock::now() < deadline) {
      try {
        forget_cached_pages(database, TurnFile(beside(".turn")));
      } catch (const StoreUnavailable&) {
        std::this_thread::yield();
      }
    }
  }

  bool has_a_disk() const {
    struct statfs status {};
    return ::statfs(directory.path().c_str(), &status) == 0 && status.f_type != TMPFS_MAGIC;
  }

  FaultyDisk disk;
};

void store_one(WebhookIntake& intake, const std::string& id) { store_all(intake, {{.id = id}}); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_store_that_a_sync_has_broken, BrokenStoreFixture)

BOOST_AUTO_TEST_CASE(every_session_ends_at_its_next_turn_whichever_sync_has_failed) {
  for (const auto* file : {"-wal", ".sqlite"}) {
    StoreFixture fresh;
    const auto incoming = fresh.intake();
    const auto writer = fresh.intake();
    const auto processing = fresh.queue();
    const auto keeping = fresh.upkeep();
    keeping->step(patience());
    store_one(*incoming, "txn_1");
    disk.fail_syncs(file);
    BOOST_TEST_CONTEXT(file) {
      if (file == std::string("-wal")) {
        BOOST_CHECK_THROW(store_one(*incoming, "txn_2"), StoreBroken);
      } else {
        BOOST_CHECK_THROW(rest(*keeping), StoreBroken);
      }
      disk.mend();
      BOOST_CHECK_THROW(store_one(*writer, "txn_3"), StoreBroken);
      BOOST_CHECK_THROW(rest(*keeping), StoreBroken);
      BOOST_CHECK_THROW(process_due(*processing, moment(1), 10), StoreBroken);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_sync_that_fails_on_opening_is_told_too) {
  const auto writer = intake();
  store_one(*writer, "txn_1");
  disk.fail_syncs("-wal");
  BOOST_CHECK_THROW(intake(), StoreBroken);
  disk.mend();
  BOOST_CHECK_THROW(store_one(*writer, "txn_2"), StoreBroken);
}

BOOST_AUTO_TEST_CASE(it_opens_again_once_all_that_were_there_have_gone) {
  auto there_before = intake();
  store_one(*there_before, "txn_1");
  break_store(".sqlite");
  std::atomic<bool> gone = false;
  auto opener = std::async(std::launch::async, [this, &gone] {
    const auto opened = queue();
    return gone.load();
  });
  gone = true;
  there_before.reset();
  BOOST_TEST(opener.get());
  BOOST_TEST((condition() == Condition::CLOSED));
  store_one(*intake(), "txn_2");
}

BOOST_AUTO_TEST_CASE(one_that_opens_beside_the_others_is_told_what_it_waits_for) {
  const auto there_before = intake();
  store_one(*there_before, "txn_1");
  break_store(".sqlite");
  BOOST_CHECK_EXCEPTION(intake(), StoreTimeout, [](const StoreTimeout& e) {
    return std::string(e.what()).find("other payhook programs") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(the_first_to_open_reads_the_disk) {
  if (!has_a_disk()) {
    BOOST_TEST_MESSAGE("not looked at, since the temporary directory is in memory");
    return;
  }
  store_one(*intake(), "txn_1");
  for (const auto left_in : {Condition::IN_USE, Condition::BROKEN}) {
    set_condition(left_in);
    bytes_of(database);
    bytes_of(beside("-wal"));
    BOOST_REQUIRE(is_in_memory(database));
    BOOST_REQUIRE(is_in_memory(beside("-wal")));
    forget_what_is_cached();
    BOOST_TEST(!is_in_memory(database));
    BOOST_TEST(!is_in_memory(beside("-wal")));
    BOOST_TEST(reader()->find("default", "txn_1").has_value());
    BOOST_TEST((condition() == Condition::CLOSED));
  }
}

BOOST_AUTO_TEST_CASE(a_store_that_was_closed_stays_in_memory) {
  if (!has_a_disk()) {
    BOOST_TEST_MESSAGE("not looked at, since the temporary directory is in memory");
    return;
  }
  store_one(*intake(), "txn_1");
  BOOST_TEST((condition() == Condition::CLOSED));
  bytes_of(database);
  forget_cached_pages(database, TurnFile(beside(".turn")));
  BOOST_TEST(is_in_memory(database));
}

BOOST_AUTO_TEST_CASE(what_memory_does_not_forget_keeps_it_shut) {
  if (!has_a_disk()) {
    BOOST_TEST_MESSAGE("not looked at, since the temporary directory is in memory");
    return;
  }
  store_one(*intake(), "txn_1");
  for (const auto* suffix : {"", "-wal"}) {
    const MappedFile mapped(beside(suffix));
    set_condition(Condition::BROKEN);
    BOOST_TEST_CONTEXT("mapped: " << beside(suffix)) {
      BOOST_CHECK_EXCEPTION(intake(), StoreUnavailable, [&](const StoreUnavailable& e) {
        return std::string(e.what()).find(beside(suffix).string() + ", and memory still has it") !=
               std::string::npos;
      });
      BOOST_TEST((condition() == Condition::BROKEN));
      set_condition(Condition::IN_USE);  // nobody knows of a failure
      BOOST_CHECK_NO_THROW(intake());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_stranger_who_has_its_index_open_keeps_it_shut) {
  store_one(*intake(), "txn_1");
  HelperProcess stranger({"read", database.string()});
  BOOST_REQUIRE_EQUAL(stranger.line(), "1");
  set_condition(Condition::BROKEN);
  BOOST_CHECK_EXCEPTION(intake(), StoreUnavailable, [](const StoreUnavailable& e) {
    return std::string(e.what()).find("-shm open: end it") != std::string::npos;
  });
  stranger.proceed();
  stranger.wait();
  BOOST_CHECK_NO_THROW(intake());
}

// The kernel tells of a failed sync once.
BOOST_AUTO_TEST_CASE(a_sync_that_failed_at_a_start_is_remembered_by_the_next) {
  store_one(*intake(), "txn_1");
  HelperProcess stranger({"read", database.string()});
  BOOST_REQUIRE_EQUAL(stranger.line(), "1");
  set_condition(Condition::IN_USE);
  syncs_fail = true;
  BOOST_CHECK_THROW(intake(), StoreUnavailable);
  syncs_fail = false;
  BOOST_TEST((condition() == Condition::BROKEN));
  BOOST_CHECK_THROW(intake(), StoreUnavailable);
  stranger.proceed();
  stranger.wait();
  BOOST_CHECK_NO_THROW(intake());
}

BOOST_AUTO_TEST_CASE(a_store_is_in_use_also_when_the_last_to_close_it_is_not_gone_yet) {
  std::optional<TurnFile> file_of_one(beside(".turn"));
  TurnFile file_of_other(beside(".turn"));
  SessionPlace one(*file_of_one);
  BOOST_REQUIRE(one.is_alone());
  BOOST_REQUIRE(one.enter(patience()));
  one.leave();
  BOOST_REQUIRE((condition() == Condition::CLOSED));
  SessionPlace other(file_of_other);
  BOOST_TEST(!other.is_alone());
  auto entered = std::async(std::launch::async, [&other] { return other.enter(patience()); });
  file_of_one.reset();  // and with its descriptor the place
  BOOST_TEST(entered.get());
  BOOST_TEST((condition() == Condition::IN_USE));
}

BOOST_AUTO_TEST_CASE(one_that_was_opening_when_it_broke_does_not_mend_it) {
  intake();
  TurnFile file_of_one(beside(".turn"));
  TurnFile file_of_other(beside(".turn"));
  SessionPlace one(file_of_one);
  SessionPlace other(file_of_other);
  BOOST_REQUIRE(one.is_alone());
  BOOST_REQUIRE(one.enter(patience()));
  BOOST_TEST(!other.is_alone());
  file_of_one.set_condition(Condition::BROKEN);
  BOOST_REQUIRE(other.enter(patience()));
  other.leave();
  one.leave();
  BOOST_TEST((condition() == Condition::BROKEN));
}

BOOST_AUTO_TEST_CASE(a_program_that_was_killed_has_not_closed_it) {
  HelperProcess helper({"store", database.string(), "txn", "1"});
  while (helper.line() != "stored txn-0") {
  }
  BOOST_TEST(helper.wait() == 0);
  BOOST_TEST((condition() == Condition::CLOSED));
  HelperProcess killed({"hold-open", database.string()});
  BOOST_REQUIRE_EQUAL(killed.line(), "open");
  killed.send(SIGKILL);
  killed.wait();
  BOOST_TEST((condition() == Condition::IN_USE));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(watching_a_store, BrokenStoreFixture)

BOOST_AUTO_TEST_CASE(a_program_without_anything_to_write_hears_of_it_at_once) {
  auto there_before = intake();
  store_one(*there_before, "txn_1");
  std::promise<int> told;
  const auto watch =
      payments.watch({[&told](const StoreBroken& e) { told.set_value(e.exit_status()); }});
  break_store(".sqlite");
  BOOST_TEST(told.get_future().get() == EX_IOERR);
}

BOOST_AUTO_TEST_CASE(a_store_that_was_broken_before_is_told_of_too) {
  intake();
  set_condition(Condition::BROKEN);
  std::promise<int> told;
  const auto watch =
      payments.watch({[&told](const StoreBroken& e) { told.set_value(e.exit_status()); }});
  BOOST_TEST(told.get_future().get() == EX_IOERR);
}

BOOST_AUTO_TEST_CASE(a_turns_file_that_went_is_told_of) {
  for (const std::string how : {"removed", "moved", "replaced"}) {
    StoreFixture fresh;
    const auto writer = fresh.intake();
    std::promise<std::string> told;
    const auto watch =
        fresh.payments.watch({[&told](const StoreBroken& e) { told.set_value(e.what()); }});
    if (how == "removed") {
      std::filesystem::remove(fresh.beside(".turn"));
    } else if (how == "moved") {
      std::filesystem::rename(fresh.beside(".turn"), fresh.beside(".moved"));
    } else {
      std::ofstream(fresh.beside(".other")).flush();
      std::filesystem::rename(fresh.beside(".other"), fresh.beside(".turn"));
    }
    BOOST_TEST_CONTEXT(how) {
      BOOST_TEST(told.get_future().get().find(".turn was moved or removed") != std::string::npos);
      BOOST_CHECK_THROW(store_one(*writer, "txn_1"), StoreBroken);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_an_operator_does_is_told_at_once) {
  store_one(*intake(), "txn_1");
  std::promise<void> told;
  const auto watch = payments.watch({[](const StoreBroken&) {},
                                     [&told, first = true]() mutable {
                                       if (std::exchange(first, false)) {
                                         told.set_value();
                                       }
                                     }});
  payments.open_operations()->pause({"root", "the ledger is moved", moment(0)}, patience());
  told.get_future().get();
  BOOST_TEST(query("SELECT count(*) FROM pause") == "1");
}

BOOST_AUTO_TEST_CASE(what_is_done_every_day_is_not_told) {
  std::atomic<bool> told = false;
  {
    intake();
    const auto watch = payments.watch({[&told](const StoreBroken&) { told = true; }});
    store_one(*intake(), "txn_1");
    rest(*upkeep());
  }
  BOOST_TEST(!told);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
