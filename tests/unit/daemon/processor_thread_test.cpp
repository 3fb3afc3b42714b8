#include "daemon/processor_thread.h"

#include <boost/test/unit_test.hpp>
#include <future>

#include "tests/support/fake_store.h"

namespace payhook::test {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

bool eventually(const std::function<bool()>& condition) {
  const auto patience = std::chrono::steady_clock::now() + seconds{30};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > patience) {
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

/// The machine's clock: the thread sleeps by it.
struct Thread {
  void start(seconds delay) {
    thread = std::make_unique<ProcessorThread>(
        store, store.open_processing_queue(), clock, outage, with_delay(delay),
        [this](const ProgramError& e) { failed.set_value(e.exit_status()); });
  }

  static Config with_delay(seconds delay) {
    Source source;
    source.delay = delay;
    Config config;
    config.sources = {std::make_shared<const Source>(std::move(source))};
    return config;
  }

  /// Returns whether it has looked for work, after which it sleeps.
  bool has_looked() const {
    return eventually([this] { return store.looks() > 1; });
  }

  bool has_processed_a_row() const {
    return eventually([this] { return store.rows()[0].status == "PROCESSED"; });
  }

  const SystemClock clock;
  Outage outage{clock, "process transactions", {}};
  FakeStore store;
  std::promise<int> failed;
  std::unique_ptr<ProcessorThread> thread;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(processor_thread)

BOOST_AUTO_TEST_CASE(it_processes_what_is_due_and_says_so) {
  Thread t;
  t.store.add(transaction("t"), t.clock.now() - hours{1}, t.clock.now());
  t.start(seconds{30});
  BOOST_TEST(t.has_processed_a_row());
  BOOST_TEST(t.thread->status().ends_with("/s, 0 overdue"));
}

BOOST_AUTO_TEST_CASE(a_shorter_delay_wakes_it) {
  Thread t;
  t.store.add(transaction("t"), t.clock.now() - hours{1}, t.clock.now());
  t.start(hours{24});
  BOOST_TEST(t.has_looked());
  t.thread->reconfigure(Thread::with_delay(seconds{30}));
  BOOST_TEST(t.has_processed_a_row());
}

BOOST_AUTO_TEST_CASE(it_ends_while_it_sleeps) {
  Thread t;
  t.start(hours{24});
  BOOST_TEST(t.has_looked());
  t.thread.reset();
  BOOST_TEST(t.store.rows().empty());
}

BOOST_AUTO_TEST_CASE(a_store_that_breaks_is_told) {
  Thread t;
  t.store.fail(FakeStore::Fault::BROKEN);
  t.start(seconds{30});
  BOOST_TEST(t.failed.get_future().get() == FakeStore::k_broken_exit_status);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
