#include "service/supervisor.h"

#include <sysexits.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <new>
#include <utility>
#include <vector>

#include "core/program_error.h"
#include "tests/support/captured_output.h"
#include "tests/support/child_process.h"

namespace payhook::test {

namespace {

/// Supervises, in a process of its own, what has been sent these signals before, and returns how
/// often it was given another configuration: signals of a lower number are heard first.
int reloads(
    const std::vector<int>& signals, const std::function<Config()>& read_config,
    const std::function<void()>& reconfigure = [] {}) {
  return exit_status_of_child([&] {
    Invocation invocation;
    invocation.read_config = read_config;
    Supervisor supervisor(invocation);
    for (const int number : signals) {
      ::kill(::getpid(), number);
    }
    int count = 0;
    supervisor.run({[&](const Config&) {
                      reconfigure();
                      ++count;
                    },
                    [] { return true; }, [] { return ""; }});
    return count;
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(supervisor)

BOOST_AUTO_TEST_CASE(sighup_has_the_configuration_read_again_and_the_others_end_it) {
  const auto read_config = [] { return Config(); };
  CapturedOutput log(2);
  BOOST_TEST(reloads({SIGTERM}, read_config) == 0);
  BOOST_TEST(reloads({SIGINT}, read_config) == 0);
  BOOST_TEST(reloads({SIGHUP, SIGTERM}, read_config) == 1);
}

BOOST_AUTO_TEST_CASE(a_reload_that_fails_for_whatever_reason_keeps_the_old_configuration) {
  const std::pair<std::function<Config()>, std::string> failures[] = {
      {[]() -> Config { throw ProgramError(EX_CONFIG, "unknown key"); }, "unknown key"},
      {[]() -> Config { throw std::bad_alloc(); }, "bad_alloc"},
      {[]() -> Config {
         throw std::filesystem::filesystem_error("cannot list",
                                                 std::error_code(EIO, std::generic_category()));
       },
       "cannot list"},
  };
  for (const auto& [read_config, why] : failures) {
    CapturedOutput captured(2);
    const int count = reloads({SIGHUP, SIGTERM}, read_config);
    const std::string log = captured.stop();
    BOOST_TEST(count == 0);
    BOOST_TEST(log.find("the configuration stays as it was: ") != std::string::npos, log);
    BOOST_TEST(log.find(why) != std::string::npos, log);
  }
}

BOOST_AUTO_TEST_CASE(a_program_that_does_not_take_a_configuration_goes_on_with_the_old_one) {
  CapturedOutput captured(2);
  const int count = reloads(
      {SIGHUP, SIGTERM}, [] { return Config(); }, [] { throw std::bad_alloc(); });
  const std::string log = captured.stop();
  BOOST_TEST(count == 0);
  BOOST_TEST(log.find("the configuration stays as it was: ") != std::string::npos, log);
}

BOOST_AUTO_TEST_CASE(one_that_cannot_get_ready_is_supervised_for_a_while_only) {
  const auto stopped = [](int number) {
    return exit_status_of_child([number] {
      const Invocation invocation{};
      Supervisor supervisor(invocation);
      if (number != 0) {
        ::kill(::getpid(), number);
      }
      const std::chrono::hours long_enough{1};
      const std::chrono::milliseconds moment{1};
      return supervisor.run_unready({[](const Config&) {}, [] { return true; }, [] { return ""; }},
                                    number != 0 ? long_enough : moment)
                 ? 1
                 : 0;
    });
  };
  BOOST_TEST(stopped(0) == 0);
  BOOST_TEST(stopped(SIGTERM) == 1);
  BOOST_TEST(stopped(SIGINT) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
