#include "store/sqlite/write_turn.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/unit/store/sqlite/child_process.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

struct TurnFixture {
  /// Waits until somebody waits for the turn: the kernel shows that as "-> OFDLCK … DEVICE:INODE
  /// …".
  void wait_for_a_waiter() const {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
      throw std::runtime_error("no file");  // Boost's checks are for one thread
    }
    const std::string inode = ":" + std::to_string(status.st_ino) + " ";
    for (;; std::this_thread::yield()) {
      std::ifstream locks("/proc/locks");
      for (std::string line; std::getline(locks, line);) {
        if (line.find("->") != line.npos && line.find(inode) != line.npos) {
          return;
        }
      }
    }
  }

  TemporaryDirectory directory;
  std::filesystem::path file = directory.path() / "db.sqlite.turn";
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(write_turn, TurnFixture)

BOOST_AUTO_TEST_CASE(one_at_a_time_has_it) {
  WriteTurn one(file);
  WriteTurn other(file);
  BOOST_TEST(one.try_lock_until(patience()));
  BOOST_TEST(!other.try_lock_until(SteadyClock::now()));
  one.unlock();
  BOOST_TEST(other.try_lock_until(SteadyClock::now()));
  BOOST_TEST(!one.try_lock_until(SteadyClock::now()));
}

BOOST_AUTO_TEST_CASE(a_free_turn_is_had_even_after_the_deadline) {
  BOOST_TEST(WriteTurn(file).try_lock_until(SteadyClock::time_point::min()));
  BOOST_TEST(WriteTurn(file).try_lock_until(SteadyClock::now() - 1h));
}

BOOST_AUTO_TEST_CASE(who_waits_gives_up_at_the_deadline_and_not_before) {
  WriteTurn holder(file);
  WriteTurn waiter(file);
  BOOST_REQUIRE(holder.try_lock_until(patience()));
  const auto deadline = SteadyClock::now() + 50ms;
  BOOST_TEST(!waiter.try_lock_until(deadline));
  BOOST_TEST((SteadyClock::now() >= deadline));
}

BOOST_AUTO_TEST_CASE(who_had_to_wait_can_tell) {
  WriteTurn one(file);
  WriteTurn other(file);
  BOOST_REQUIRE(one.try_lock_until(patience()));
  BOOST_TEST(!one.had_to_wait());
  std::thread waiter([&other] {
    BOOST_TEST(other.try_lock_until(patience()));
    BOOST_TEST(other.had_to_wait());
    other.unlock();
    BOOST_TEST(other.try_lock_until(patience()));
    BOOST_TEST(!other.had_to_wait());
  });
  wait_for_a_waiter();
  one.unlock();
  waiter.join();
}

BOOST_AUTO_TEST_CASE(who_gave_up_is_in_nobodys_way) {
  WriteTurn holder(file);
  WriteTurn gave_up(file);
  WriteTurn next(file);
  BOOST_REQUIRE(holder.try_lock_until(patience()));
  BOOST_TEST(!gave_up.try_lock_until(SteadyClock::now() + 1ms));
  holder.unlock();
  BOOST_TEST(next.try_lock_until(SteadyClock::now()));
}

BOOST_AUTO_TEST_CASE(closing_the_file_gives_it_back) {
  auto holder = std::make_unique<WriteTurn>(file);
  BOOST_REQUIRE(holder->try_lock_until(patience()));
  holder.reset();
  BOOST_TEST(WriteTurn(file).try_lock_until(SteadyClock::now()));
}

BOOST_AUTO_TEST_CASE(another_session_of_this_process_that_ends_does_not_give_it_back) {
  // As POSIX's older locks would.
  WriteTurn holder(file);
  BOOST_REQUIRE(holder.try_lock_until(patience()));
  { const WriteTurn passer_by(file); }
  BOOST_TEST(!WriteTurn(file).try_lock_until(SteadyClock::now()));
}

BOOST_AUTO_TEST_CASE(threads_exclude_each_other) {
  std::atomic<bool> taken = false;
  std::atomic<int> overlaps = 0;
  std::atomic<int> turns = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      WriteTurn turn(file);
      for (int n = 0; n < 250; ++n) {
        const std::unique_lock lock(turn, patience());
        overlaps += taken.exchange(true) ? 1 : 0;
        turns += lock.owns_lock() ? 1 : 0;
        std::this_thread::yield();
        taken = false;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  BOOST_TEST(overlaps == 0);
  BOOST_TEST(turns == 1000);
}

BOOST_AUTO_TEST_CASE(processes_exclude_each_other) {
  const auto counter = directory.path() / "counter";
  std::ofstream(counter) << 0;
  std::vector<std::unique_ptr<HelperProcess>> helpers;
  for (int i = 0; i < 4; ++i) {
    helpers.push_back(std::make_unique<HelperProcess>(
        std::vector<std::string>{"count", file.string(), counter.string(), "250"}));
    BOOST_REQUIRE_EQUAL(helpers.back()->line(), "ready");
  }
  for (const auto& helper : helpers) {
    helper->proceed();
  }
  for (const auto& helper : helpers) {
    BOOST_TEST(helper->wait() == 0);
  }
  BOOST_TEST(bytes_of(counter) == "1000");
}

BOOST_AUTO_TEST_CASE(who_takes_it_again_at_once_queues_behind_who_waits) {
  for (int round = 0; round < 100; ++round) {
    std::mutex mutex;
    std::string order;
    const auto note = [&](char who) {
      const std::lock_guard lock(mutex);
      order += who;
    };
    WriteTurn greedy(file);
    BOOST_REQUIRE(greedy.try_lock_until(patience()));
    note('g');
    std::thread thread([&] {
      WriteTurn waiting(file);
      const std::unique_lock turn(waiting, patience());
      note('w');
    });
    wait_for_a_waiter();
    greedy.unlock();
    BOOST_TEST(greedy.try_lock_until(patience()));
    note('g');
    greedy.unlock();
    thread.join();
    BOOST_TEST(order == "gwg");
  }
}

BOOST_AUTO_TEST_CASE(a_killed_holder_gives_it_back) {
  HelperProcess holder({"hold", file.string()});
  BOOST_REQUIRE_EQUAL(holder.line(), "held");
  WriteTurn turn(file);
  BOOST_TEST(!turn.try_lock_until(SteadyClock::now()));
  holder.send(SIGKILL);
  BOOST_TEST(turn.try_lock_until(patience()));
}

BOOST_AUTO_TEST_CASE(a_killed_waiter_loses_its_place) {
  WriteTurn turn(file);
  BOOST_REQUIRE(turn.try_lock_until(patience()));
  {
    HelperProcess waiter({"hold", file.string()});
    wait_for_a_waiter();
  }
  turn.unlock();
  BOOST_TEST(turn.try_lock_until(SteadyClock::now()));
}

BOOST_AUTO_TEST_CASE(a_stopped_holder_is_waited_for_until_the_deadline_only) {
  HelperProcess holder({"hold", file.string()});
  BOOST_REQUIRE_EQUAL(holder.line(), "held");
  holder.send(SIGSTOP);
  BOOST_REQUIRE(holder.wait_until_stopped());
  holder.proceed();
  WriteTurn turn(file);
  BOOST_TEST(!turn.try_lock_until(SteadyClock::now() + 20ms));
  holder.send(SIGCONT);
  BOOST_TEST(turn.try_lock_until(patience()));
  BOOST_TEST(holder.line() == "released");
}

BOOST_AUTO_TEST_CASE(other_signals_do_not_end_the_wait) {
  struct sigaction ignore {};
  ignore.sa_handler = [](int) {};
  struct sigaction before {};
  ::sigaction(SIGUSR1, &ignore, &before);
  WriteTurn holder(file);
  BOOST_REQUIRE(holder.try_lock_until(patience()));
  std::atomic<bool> got = false;
  std::thread thread([&] {
    WriteTurn waiting(file);
    got = waiting.try_lock_until(patience());
  });
  wait_for_a_waiter();
  for (int i = 0; i < 20; ++i) {
    ::pthread_kill(thread.native_handle(), SIGUSR1);
  }
  holder.unlock();
  thread.join();
  BOOST_TEST(got);
  ::sigaction(SIGUSR1, &before, nullptr);
}

BOOST_AUTO_TEST_CASE(a_wait_that_cannot_begin_leaves_no_place_taken) {
  const std::string happened = in_child([this]() -> std::string {
    WriteTurn holder(file);
    WriteTurn unlucky(file);
    WriteTurn next(file);
    if (!holder.try_lock_until(patience())) {
      return "the holder did not get it";
    }
    const rlimit no_timers{0, 0};
    ::setrlimit(RLIMIT_SIGPENDING, &no_timers);
    try {
      return unlucky.try_lock_until(patience()) ? "two have it" : "no failure";
    } catch (const std::system_error&) {
      holder.unlock();
      return next.try_lock_until(SteadyClock::now()) ? "the next one gets it"
                                                     : "the place is taken";
    }
  });
  BOOST_TEST(happened == "the next one gets it");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_told) {
  BOOST_CHECK_THROW(WriteTurn(directory.path() / "missing" / "turn"), std::system_error);
  BOOST_CHECK_THROW(WriteTurn(directory.path()), std::system_error);
}

BOOST_AUTO_TEST_CASE(programs_that_it_starts_do_not_inherit_it) {
  auto holder = std::make_unique<WriteTurn>(file);
  BOOST_REQUIRE(holder->try_lock_until(patience()));
  HelperProcess other({"hold", (directory.path() / "another.turn").string()});
  BOOST_REQUIRE_EQUAL(other.line(), "held");
  holder.reset();
  BOOST_TEST(WriteTurn(file).try_lock_until(SteadyClock::now()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
