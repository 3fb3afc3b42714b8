#include "store/sqlite/wal_watch.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/log.h"
#include "tests/support/captured_output.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

namespace {

constexpr auto k_grown = "warning: the WAL has grown to ";
constexpr auto k_over = "warning: the WAL has begun anew";

std::size_t count_of(const std::string& text, const std::string& lines) {
  std::size_t count = 0;
  for (auto at = lines.find(text); at != std::string::npos; at = lines.find(text, at + 1)) {
    ++count;
  }
  return count;
}

/// It changes when the WAL begins anew.
std::string header_of(const std::filesystem::path& wal) {
  std::string header(32, '\0');
  std::ifstream(wal, std::ios::binary).read(header.data(), 32);
  return header;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(watch_on_the_wal)

BOOST_AUTO_TEST_CASE(
    it_tells_when_the_wal_is_too_long_again_when_it_has_grown_and_when_it_is_over) {
  constexpr int k_limit = WalWatch::k_pages;
  const struct {
    std::vector<int> pages;
    std::size_t grown;
    std::size_t over;
  } table[] = {
      {{0, 8192, k_limit - 1, 10}, 0, 0},
      {{k_limit}, 1, 0},
      {{k_limit, k_limit + 1, k_limit + WalWatch::k_more_pages - 1}, 1, 0},
      {{k_limit, k_limit + WalWatch::k_more_pages}, 2, 0},
      {{k_limit, 10, 20}, 1, 1},
      {{k_limit, 10, k_limit, 10}, 2, 2},
  };
  for (const auto& row : table) {
    log::write_last_counts();  // its limits begin anew
    CapturedOutput log(2);
    WalWatch watch;
    for (const int pages : row.pages) {
      watch.look(pages);
    }
    const std::string lines = log.stop();
    BOOST_TEST(count_of(k_grown, lines) == row.grown, lines);
    BOOST_TEST(count_of(k_over, lines) == row.over, lines);
  }
}

BOOST_FIXTURE_TEST_CASE(a_reader_that_stays_open_is_told_of_and_its_end_too, StoreFixture) {
  const auto session = intake();
  int batches = 0;
  const auto store_some = [&] {
    std::vector<Webhook> webhooks;
    for (int i = 0; i < 100; ++i) {
      webhooks.push_back({.id = std::to_string(batches) + "-" + std::to_string(i),
                          .body = std::string(60'000, 'x')});
    }
    ++batches;
    store_all(*session, webhooks);
  };
  store_some();
  const PlainDatabase reader(database);
  reader.query("BEGIN");
  reader.query("SELECT count(*) FROM transactions");
  log::write_last_counts();  // its limits begin anew
  CapturedOutput log(2);
  while (std::filesystem::file_size(beside("-wal")) < 110'000'000) {
    store_some();
  }
  const std::string before = header_of(beside("-wal"));
  reader.query("COMMIT");
  for (int i = 0; i < 300 && header_of(beside("-wal")) == before; ++i) {
    store_some();
  }
  const std::string lines = log.stop();
  BOOST_TEST(count_of(k_grown, lines) > 0U, lines);
  BOOST_TEST(lines.find("look for a SQL shell, a backup") != std::string::npos, lines);
  BOOST_TEST(count_of(k_over, lines) == 1U, lines);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
