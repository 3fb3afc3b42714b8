#pragma once

#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>
#include <exception>
#include <string>
#include <string_view>

#include "tests/end_to_end/stack.h"

namespace payhook::test {

/// A stack that shows its logs when the test fails, and fails the test when a program has crashed.
class TestedStack : public Stack {
 public:
  using Stack::Stack;

  ~TestedStack() {
    const std::string programs = log_of("payhook-fcgi") + log_of("payhookd");
    for (const auto* bad : {"Sanitizer", "runtime error", "terminate called", "Assertion"}) {
      BOOST_CHECK_MESSAGE(programs.find(bad) == std::string::npos, "a program wrote: " << bad);
    }
    namespace unit_test = boost::unit_test;
    const auto& results =
        unit_test::results_collector.results(unit_test::framework::current_test_case_id());
    if (results.p_assertions_failed > 0 || std::uncaught_exceptions() > 0) {
      BOOST_TEST_MESSAGE(logs());
    }
  }
};

}  // namespace payhook::test
