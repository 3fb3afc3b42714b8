#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/store/sqlite/child_process.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

namespace {

/// The system calls of a helper that stored webhooks, one a line, files by their names.
std::vector<std::string> trace_of_storing(const StoreFixture& fixture, int count) {
  const auto trace = fixture.directory.path() / "trace";
  HelperProcess traced(
      "strace", {"-f", "-y", "-e", "trace=pwrite64,write,fdatasync,fsync", "-o", trace.string(),
                 STORE_HELPER, "store", fixture.database.string(), "txn", std::to_string(count)});
  traced.rest();
  BOOST_REQUIRE_EQUAL(traced.wait(), 0);
  std::vector<std::string> calls;
  std::ifstream file(trace);
  for (std::string line; std::getline(file, line);) {
    calls.push_back(line);
  }
  return calls;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool writes_wal(const std::string& call) {
  return contains(call, "write") && contains(call, ".sqlite-wal>");
}

bool syncs_wal(const std::string& call) {
  return (contains(call, "fdatasync(") || contains(call, "fsync(")) &&
         contains(call, ".sqlite-wal>") && call.ends_with("= 0");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(durability, StoreFixture)

BOOST_AUTO_TEST_CASE(nothing_is_acknowledged_before_its_wal_is_synced) {
  constexpr int k_count = 20;
  intake();
  int acknowledged = 0;
  bool written = false;  // to the WAL, since the last acknowledgement
  bool synced = false;   // since the last write to the WAL
  for (const auto& call : trace_of_storing(*this, k_count)) {
    if (writes_wal(call)) {
      written = true;
      synced = false;
    } else if (syncs_wal(call)) {
      synced = true;
    } else if (contains(call, "\"stored txn-")) {
      BOOST_TEST(written, "acknowledged without a write: " << call);
      BOOST_TEST(synced, "acknowledged without a sync after the last write: " << call);
      written = false;
      synced = false;
      ++acknowledged;
    }
  }
  BOOST_TEST(acknowledged == k_count);
}

BOOST_AUTO_TEST_CASE(a_new_session_syncs_what_a_killed_predecessor_may_have_left) {
  // Otherwise a duplicate of it would be acknowledged without any sync.
  store_all(*intake(), {{.id = "txn-0"}});
  bool synced = false;
  bool acknowledged = false;
  for (const auto& call : trace_of_storing(*this, 1)) {
    synced = synced || syncs_wal(call);
    if (contains(call, "\"stored txn-0")) {
      acknowledged = true;
      BOOST_TEST(synced);
    }
  }
  BOOST_TEST(acknowledged);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
