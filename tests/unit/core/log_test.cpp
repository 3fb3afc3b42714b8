#include "core/log.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/captured_output.h"

namespace payhook {

namespace {

std::string logged(std::string_view text, log::Level level = log::Level::INFO) {
  test::CapturedOutput output(STDERR_FILENO);
  log::write(level, text);
  return output.stop();
}

struct Named {
  Named() { log::set_program("payhook-test"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(logging, Named)

BOOST_AUTO_TEST_CASE(a_line_names_the_program_and_how_bad_it_is) {
  BOOST_TEST(logged("ready") == "payhook-test: ready\n");
  BOOST_TEST(logged("slow", log::Level::WARNING) == "payhook-test: warning: slow\n");
  BOOST_TEST(logged("lost", log::Level::ERROR) == "payhook-test: error: lost\n");
}

BOOST_AUTO_TEST_CASE(arguments_are_put_into_the_text) {
  test::CapturedOutput output(STDERR_FILENO);
  log::info("{} rows", 3);
  log::warning("{}", "w");
  log::error("{:02}", 7);
  BOOST_TEST(output.stop() ==
             "payhook-test: 3 rows\npayhook-test: warning: w\npayhook-test: error: 07\n");
}

BOOST_AUTO_TEST_CASE(control_characters_are_replaced_so_that_nobody_forges_a_line) {
  for (int c = 0; c < 0x20; ++c) {
    BOOST_TEST(logged("a" + std::string(1, static_cast<char>(c)) + "b") == "payhook-test: a?b\n");
  }
  BOOST_TEST(logged("a\x7f") == "payhook-test: a?\n");
  BOOST_TEST(logged("x\npayhook-test: error: forged\n") ==
             "payhook-test: x?payhook-test: error: forged?\n");
}

BOOST_AUTO_TEST_CASE(text_in_other_scripts_stays_as_it_is) {
  BOOST_TEST(logged("caf\xc3\xa9 \xe2\x82\xac") == "payhook-test: caf\xc3\xa9 \xe2\x82\xac\n");
}

BOOST_AUTO_TEST_CASE(an_empty_text_is_a_line_too) { BOOST_TEST(logged("") == "payhook-test: \n"); }

BOOST_AUTO_TEST_CASE(lines_of_several_threads_do_not_mix) {
  constexpr int k_threads = 4;
  constexpr int k_lines = 200;
  test::CapturedOutput output(STDERR_FILENO);
  std::vector<std::thread> threads;
  for (int i = 0; i < k_threads; ++i) {
    threads.emplace_back([i] {
      const std::string text(300, static_cast<char>('a' + i));
      for (int line = 0; line < k_lines; ++line) {
        log::write(log::Level::INFO, text);
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  std::istringstream lines(output.stop());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const std::string text = line.substr(std::string("payhook-test: ").size());
    BOOST_TEST(text == std::string(300, text.front()));
  }
  BOOST_TEST(count == k_threads * k_lines);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
