#include <sys/resource.h>
#include <sysexits.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <string>
#include <vector>

#include "store/write_turn.h"
#include "tests/unit/store/child_process.h"
#include "tests/unit/store/faulty_disk.h"
#include "tests/unit/store/store_fixture.h"

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

struct FaultFixture : StoreFixture {
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
  BOOST_TEST(reader()->find("earlier").has_value());
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
      BOOST_TEST(status->find(webhook.id).has_value() == !failed);
    }
    BOOST_TEST(status->find("earlier").has_value());
    const std::string next = "next-" + std::to_string(writes);
    store_all(*incoming, {{.id = next}});
    BOOST_TEST(status->find(next).has_value());
  }
  BOOST_TEST(writes > 10);
  BOOST_TEST(query("PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_CASE(a_disk_that_fills_up_while_processing_processes_nothing) {
  const auto session = queue();
  store_all(*intake(), {{}});
  disk.fill_after(0);
  BOOST_CHECK_THROW(session->process_due(moment(0), moment(1), 10, patience()), StoreUnavailable);
  disk.mend();
  BOOST_TEST(query("SELECT status FROM transactions") == "PROCESSING");
  BOOST_TEST(session->process_due(moment(0), moment(1), 10, patience()).processed == 1U);
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
  BOOST_CHECK_THROW(session->process_due(moment(0), moment(1), 10, patience()), StoreBroken);
}

BOOST_AUTO_TEST_CASE(a_sync_of_the_database_file_that_fails_breaks_the_store) {
  const auto session = queue();
  store_all(*intake(), {{}});
  disk.fail_syncs(".sqlite");
  BOOST_CHECK_THROW(session->maintain(patience()), StoreBroken);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_stops_halfway_loses_nothing_and_the_store_opens_again) {
  // Page 1 goes first and says how long the file will be; the WAL has the rest.
  for (int writes = 0; writes < 4; ++writes) {
    StoreFixture halfway;
    {
      const auto session = halfway.queue();
      store_all(*halfway.intake(), large_webhooks("txn-", 3));
      disk.fill_after(writes, ".sqlite");
      BOOST_CHECK_THROW(session->maintain(patience()), StoreUnavailable);
      disk.mend();
    }
    BOOST_TEST_CONTEXT("after " << writes << " pages") {
      try {
        BOOST_TEST(halfway.reader()->find("txn-2").has_value());
        store_all(*halfway.intake(), {{.id = "later"}});
        BOOST_TEST(halfway.query("SELECT count(*) FROM transactions") == "4");
      } catch (const std::exception& e) {
        BOOST_ERROR(e.what());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_intake_opens_on_a_full_disk_or_says_as_a_program_why_not) {
  store_all(*intake(), large_webhooks("txn-", 3));
  disk.fill_after(0, ".sqlite");
  try {
    intake();
  } catch (const ProgramError& e) {
    BOOST_TEST(e.exit_status() == EX_UNAVAILABLE);
  } catch (const std::exception& e) {
    BOOST_ERROR("not a ProgramError: " << e.what());
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(limits_of_the_machine, StoreFixture)

BOOST_AUTO_TEST_CASE(a_file_that_may_not_grow_stores_nothing_and_works_again_later) {
  const std::string happened = in_child([this]() -> std::string {
    ::signal(SIGXFSZ, SIG_IGN);
    const auto incoming = intake();
    const auto status = reader();
    store_all(*incoming, {{.id = "earlier"}});
    limit_file_size(std::filesystem::file_size(beside("-wal")) + 10'000);
    try {
      store_all(*incoming, large_webhooks("full-", 3));
      return "stored on a full disk";
    } catch (const StoreUnavailable&) {
    }
    if (status->find("full-0") || status->find("full-2") || !status->find("earlier")) {
      return "stored in part";
    }
    limit_file_size(RLIM_INFINITY);
    store_all(*incoming, large_webhooks("full-", 3));
    return status->find("full-2") ? "works again" : "lost";
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
