// kill -9 at random moments while webhooks are posted: nothing acknowledged is lost, doubled or
// left unprocessed. crash_test.cpp does the same for longer.

#include <boost/test/unit_test.hpp>
#include <random>

#include "tests/end_to_end/crashes.h"
#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_kills_of_responder_daemon_and_both) {
  const CrashReport report = crash_repeatedly(
      {.webhooks = 3000, .clients = 32, .kills = 6, .seed = std::random_device{}()});
  BOOST_TEST_MESSAGE(report.text());
  BOOST_TEST(report.acknowledged == 3000U);
  BOOST_TEST(report.missing == 0U);
  BOOST_TEST(report.duplicated == 0);
  BOOST_TEST(report.processed == 3000);
  BOOST_TEST(report.kills == 6);
  BOOST_TEST(report.integrity == "ok");
  BOOST_TEST(report.is_good());
}

}  // namespace payhook::test
