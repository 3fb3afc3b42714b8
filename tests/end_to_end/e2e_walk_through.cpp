// The walk-through of the README, with the programs' own defaults.

#include <boost/test/unit_test.hpp>

#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

BOOST_AUTO_TEST_CASE(a_transaction_is_processing_at_once_and_processed_30_seconds_later) {
  TestedStack stack;
  stack.start();
  const Outcome walk = run({.arguments = {PAYHOOK_SOURCE_DIR "/tests/walk_through.py",
                                          "http://127.0.0.1:" + std::to_string(stack.port())},
                            .environment = {"PATH=/usr/bin:/bin"}},
                           "", std::chrono::seconds{100});
  BOOST_TEST((walk.status == 0), walk.errors);
  // The API shows whole seconds.
  const auto milliseconds = Database(stack.database())
                                .number(
                                    "SELECT round((julianday(processed_at) - "
                                    "julianday(created_at)) * 86400000) FROM transactions");
  BOOST_TEST(milliseconds >= 30'000);
}

}  // namespace payhook::test
