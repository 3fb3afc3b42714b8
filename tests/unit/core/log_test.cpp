#include "core/log.h"

#include <boost/test/unit_test.hpp>
#include <climits>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/captured_output.h"

namespace payhook {

namespace {

using log::Event;

std::string logged(std::string_view text, Event event = Event::READY,
                   const log::Request& request = {}) {
  test::CapturedOutput output(STDERR_FILENO);
  log::write(event, request, text);
  return output.stop();
}

struct Named {
  Named() { log::set_program("payhook-test"); }
  ~Named() {
    log::write_last_counts();
    log::set_transaction_ids(log::TransactionIds::HASHED);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(logging, Named)

BOOST_AUTO_TEST_CASE(a_line_names_the_program_and_how_bad_it_is) {
  BOOST_TEST(logged("ready", Event::READY) == "payhook-test: ready\n");
  BOOST_TEST(logged("slow", Event::STORE_TROUBLE) == "payhook-test: warning: slow\n");
  BOOST_TEST(logged("lost", Event::FAILED) == "payhook-test: error: lost\n");
}

BOOST_AUTO_TEST_CASE(arguments_are_put_into_the_text) {
  test::CapturedOutput output(STDERR_FILENO);
  log::report(Event::READY, "{} rows", 3);
  log::report(Event::REFUSED, log::Request{"r1"}, "{:02}", 7);
  BOOST_TEST(output.stop() == "payhook-test: 3 rows\npayhook-test: warning: 07 (request r1)\n");
}

BOOST_AUTO_TEST_CASE(a_transaction_is_named_by_its_fingerprint_or_not_at_all) {
  const log::Request request{"r1", "abc"};
  BOOST_TEST(logged("x", Event::CONFLICT, request) ==
             "payhook-test: warning: x (request r1, transaction ba7816bf8f01cfea)\n");
  const log::Request of_no_request{{}, "abc"};
  BOOST_TEST(logged("x", Event::CONFLICT, of_no_request) ==
             "payhook-test: warning: x (transaction ba7816bf8f01cfea)\n");
  log::set_transaction_ids(log::TransactionIds::OMITTED);
  BOOST_TEST(logged("x", Event::CONFLICT, of_no_request) == "payhook-test: warning: x\n");
  BOOST_TEST(logged("x", Event::CONFLICT, request) == "payhook-test: warning: x (request r1)\n");
}

BOOST_AUTO_TEST_CASE(control_characters_are_replaced_so_that_nobody_forges_a_line) {
  std::string all;
  for (int c = 0; c < 0x20; ++c) {
    all += static_cast<char>(c);
  }
  BOOST_TEST(logged("a" + all + "\x7f") == "payhook-test: a" + std::string(33, '?') + "\n");
  BOOST_TEST(logged("x\npayhook-test: error: forged\n") ==
             "payhook-test: x?payhook-test: error: forged?\n");
  BOOST_TEST(logged("x", Event::REFUSED, {"r\n1"}) == "payhook-test: warning: x (request r?1)\n");
}

BOOST_AUTO_TEST_CASE(text_in_other_scripts_stays_as_it_is) {
  BOOST_TEST(logged("caf\xc3\xa9 \xe2\x82\xac") == "payhook-test: caf\xc3\xa9 \xe2\x82\xac\n");
}

BOOST_AUTO_TEST_CASE(an_empty_text_is_a_line_too) { BOOST_TEST(logged("") == "payhook-test: \n"); }

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_cut) {
  const std::string line = logged(std::string(100'000, 'x'));
  BOOST_TEST(line.size() == static_cast<std::size_t>(PIPE_BUF));
  BOOST_TEST(line.ends_with("x...\n"));
}

BOOST_AUTO_TEST_CASE(of_many_lines_on_one_event_most_are_only_counted) {
  test::CapturedOutput output(STDERR_FILENO);
  for (int i = 0; i < 1000; ++i) {
    log::report(Event::REFUSED, "{}", i);
  }
  log::report(Event::CONFLICT, "another event");
  log::write_counts();
  log::write_last_counts();
  std::string expected;
  for (int i = 0; i < 10; ++i) {
    expected += fmt::format("payhook-test: warning: {}\n", i);
  }
  expected += "payhook-test: warning: another event\n";
  expected += "payhook-test: warning: 990 more refused requests\n";
  BOOST_TEST(output.stop() == expected);
}

BOOST_AUTO_TEST_CASE(lines_of_several_threads_do_not_mix_and_each_is_written_or_counted) {
  constexpr int k_threads = 4;
  constexpr int k_lines = 200;
  test::CapturedOutput output(STDERR_FILENO);
  std::vector<std::thread> threads;
  for (int i = 0; i < k_threads; ++i) {
    threads.emplace_back([i] {
      const std::string text(300, static_cast<char>('a' + i));
      for (int line = 0; line < k_lines; ++line) {
        // Each has an event of its own, whose lines are limited for themselves.
        log::write(static_cast<Event>(i), {}, text);
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  log::write_last_counts();
  std::istringstream lines(output.stop());
  int written = 0;
  int counts = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string text = line.substr(line.rfind(": ") + 2);
    if (text == "190 more lines") {
      ++counts;
    } else {
      BOOST_TEST(text == std::string(300, text.front()));
      ++written;
    }
  }
  BOOST_TEST(written == k_threads * 10);
  BOOST_TEST(counts == k_threads);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
