#include "ctl/health.h"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <tuple>

namespace payhook::test {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t k_gib = std::int64_t{1} << 30;

Health good() {
  Health health;
  health.at = parse_timestamp("2026-11-27T12:00:00.000Z");
  health.has_socket = true;
  health.store.is_open_to_receive = true;
  health.store.is_being_processed = true;
  health.store.bytes = 10 * k_gib;
  health.store.disk_bytes_left = 100 * k_gib;
  health.store.last_backup_at = health.at - hours{20};
  return health;
}

std::string text_of(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& each : findings) {
    BOOST_TEST((each.level == Finding::Level::OK) == each.remedy.empty());
    text += (text.empty() ? "" : "; ") + std::string(name_of(each.level)) + " " + each.what;
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(how_payhook_is)

BOOST_AUTO_TEST_CASE(nothing_is_wrong_where_all_is_well) {
  BOOST_TEST(text_of(what_is_wrong(good())) == "");
}

BOOST_AUTO_TEST_CASE(each_thing_that_is_wrong_is_said_in_words) {
  const std::tuple<std::function<void(Health&)>, std::string> table[] = {
      {[](Health& h) { h.store.is_open_to_receive = false; },
       "PROBLEM no responder has the database open: webhooks are answered 502 or 503"},
      {[](Health& h) { h.store.is_open_to_receive = h.has_socket = false; },
       "WARNING no responder has the database open, and none has a socket"},
      {[](Health& h) { h.store.is_being_processed = false; },
       "PROBLEM no processor has the database open: nothing is processed"},
      {[](Health& h) { h.store.is_paused = true; }, "WARNING processing is paused"},
      {[](Health& h) { h.store.oldest_due_at = h.at - minutes{4}; }, ""},
      {[](Health& h) {
         h.store.due = 12;
         h.store.oldest_due_at = h.at - minutes{5};
       },
       "WARNING processing is behind: 12 due, the first for 5 min"},
      {[](Health& h) {
         h.store.due = 10'000;
         h.store.oldest_due_at = h.at - minutes{15};
       },
       "PROBLEM processing is behind: more than 10000 due, the first for 15 min"},
      {[](Health& h) {
         h.store.is_paused = true;
         h.store.oldest_due_at = h.at - hours{1};
       },
       "WARNING processing is paused"},
      {[](Health& h) { h.store.failed = 1; }, "WARNING 1 transaction FAILED"},
      {[](Health& h) { h.store.failed = 10'000; }, "WARNING more than 10000 transactions FAILED"},
      {[](Health& h) {
         h.store.quarantine = {3, 100};
       },
       "WARNING 3 in the quarantine: authentic, and not understood"},
      {[](Health& h) {
         h.store.quarantine = {50'001, 100};
       },
       "PROBLEM 50001 in the quarantine: authentic, and not understood; past twice as many they "
       "are answered 503"},
      {[](Health& h) { h.conflicts_last_day = 2; },
       "WARNING 2 in the last day came again with other values, which did not count"},
      {[](Health& h) { h.store.conflicts = 2; }, ""},
      {[](Health& h) { h.not_kept_last_day = 2; },
       "WARNING 2 in the last day were kept nowhere: there was no room"},
      {[](Health& h) { h.store.disk_bytes_left = k_gib / 2; }, "WARNING the disk has 512 MiB left"},
      {[](Health& h) { h.store.disk_bytes_left = k_gib / 1024; },
       "PROBLEM the disk has 1.0 MiB left"},
      {[](Health& h) {
         h.store.earlier = SizeSample{h.at - days{1}, -10 * k_gib};
       },
       "WARNING the disk has 100 GiB left, for 5 days"},
      {[](Health& h) {
         h.store.earlier = SizeSample{h.at - hours{1}, 0};
       },
       "PROBLEM the disk has 100 GiB left, for 0 days"},
      {[](Health& h) { h.store.log_bytes = 97 << 20; },
       "WARNING the WAL has 97 MiB: somebody goes on reading an old state of the database, or "
       "payhookd does not run"},
      {[](Health& h) { h.store.last_backup_at.reset(); }, "WARNING there has never been a backup"},
      {[](Health& h) { h.store.last_backup_at = h.at - days{3}; },
       "WARNING the newest backup is 3 days old"},
  };
  for (const auto& [spoil, expected] : table) {
    Health health = good();
    spoil(health);
    BOOST_TEST(text_of(what_is_wrong(health)) == expected);
  }
}

BOOST_AUTO_TEST_CASE(how_it_grows_is_told_by_what_was_noted) {
  Health health = good();
  BOOST_TEST(!bytes_a_day(health).has_value());
  health.store.earlier = SizeSample{health.at - hours{12}, 9 * k_gib};
  BOOST_TEST((bytes_a_day(health) == 2 * k_gib));
  BOOST_TEST((days_left(health) == 50));
  health.store.unused_bytes = 20 * k_gib;
  BOOST_TEST((days_left(health) == 60));
  health.store.earlier = SizeSample{health.at - hours{12}, 11 * k_gib};
  BOOST_TEST(!days_left(health).has_value());
  // The clock was set back.
  health.store.earlier = SizeSample{health.at + hours{12}, 9 * k_gib};
  BOOST_TEST(!bytes_a_day(health).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
