#include "service/outage.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <memory>

#include "core/log.h"
#include "tests/support/captured_output.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temporary_directory.h"

namespace payhook::test {

namespace {

using std::chrono::seconds;

/// A program that cannot store at times, and is started again at times.
struct Storing {
  void start() { outage = std::make_unique<Outage>(clock, "store webhooks", directory.path()); }

  /// Takes what the program tells people: the file that has the alert unit started.
  std::string take_alert() const {
    std::ifstream file(directory.path() / "alert");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    std::filesystem::remove(directory.path() / "alert");
    return text;
  }

  Storing() {
    log::set_program("payhook-test");
    log::write_last_counts();
    start();
  }

  TemporaryDirectory directory;
  CapturedOutput captured{2};
  FakeClock clock;
  std::unique_ptr<Outage> outage;
};

constexpr auto k_lasts = "Cannot store webhooks since 2025-11-08T14:30:00Z: the disk is full";
constexpr auto k_over =
    "Can store webhooks again since 2025-11-08T14:31:30Z; could not since 2025-11-08T14:30:00Z: "
    "the disk is full";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outage, Storing)

BOOST_AUTO_TEST_CASE(without_a_directory_of_its_own_it_touches_no_file) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  std::ofstream("outage") << "somebody's";
  Outage homeless(clock, "store webhooks", {});
  homeless.failed("the disk is full");
  clock.advance(seconds{100});
  homeless.status("Idle");
  homeless.worked();
  std::filesystem::current_path(before);
  BOOST_TEST(take_alert() == "");
  BOOST_TEST(std::filesystem::exists(directory.path() / "outage"));
}

BOOST_AUTO_TEST_CASE(the_status_says_since_when_and_why) {
  BOOST_TEST(outage->status("Idle") == "Idle");
  outage->failed("the turn did not come");
  clock.advance(seconds{10});
  outage->failed("the disk is full");
  BOOST_TEST(outage->status("Idle") == std::string(k_lasts) + ". Idle");
  outage->worked();
  BOOST_TEST(outage->status("Idle") == "Idle");
}

BOOST_AUTO_TEST_CASE(one_that_lasts_is_told_once_and_so_is_its_end) {
  outage->failed("the disk is full");
  clock.advance(seconds{59});
  outage->failed("the disk is full");
  outage->status("");
  BOOST_TEST(take_alert() == "");
  clock.advance(seconds{1});
  outage->status("");
  BOOST_TEST(take_alert() == std::string(k_lasts) + '\n');
  clock.advance(seconds{30});
  outage->failed("the disk is full");
  outage->status("");
  BOOST_TEST(take_alert() == "");
  outage->worked();
  BOOST_TEST(take_alert() == std::string(k_over) + '\n');
  outage->worked();
  BOOST_TEST(take_alert() == "");
  const std::string log = captured.stop();
  BOOST_TEST(log == "payhook-test: error: " + std::string(k_lasts) +
                        "\npayhook-test: " + std::string(k_over) + '\n');
}

BOOST_AUTO_TEST_CASE(failures_tell_of_one_that_lasts_where_nobody_asks_for_the_status) {
  outage->failed("the disk is full");
  clock.advance(seconds{60});
  outage->failed("the disk is full");
  BOOST_TEST(take_alert() == std::string(k_lasts) + '\n');
}

BOOST_AUTO_TEST_CASE(one_that_does_not_last_is_not_told) {
  for (int i = 0; i < 10; ++i) {
    outage->failed("the disk is full");
    clock.advance(seconds{59});
    outage->worked();
    clock.advance(seconds{59});
  }
  BOOST_TEST(take_alert() == "");
  BOOST_TEST(captured.stop() == "");
}

BOOST_AUTO_TEST_CASE(it_goes_on_when_the_program_is_started_again) {
  outage->failed("the disk is full");
  for (int restarts = 0; restarts < 12; ++restarts) {
    BOOST_TEST(take_alert() == "");
    clock.advance(seconds{5});
    start();
    outage->failed("the disk is full");
  }
  BOOST_TEST(take_alert() == std::string(k_lasts) + '\n');
  clock.advance(seconds{30});
  start();
  BOOST_TEST(outage->status("") == std::string(k_lasts) + ". ");
  outage->failed("the disk is full");
  BOOST_TEST(take_alert() == "");
  start();
  outage->worked();
  BOOST_TEST(take_alert() == std::string(k_over) + '\n');
  start();
  BOOST_TEST(outage->status("") == "");
}

BOOST_AUTO_TEST_CASE(a_file_that_it_did_not_write_is_no_outage) {
  for (const auto* text : {"", "x", "2025-11-08T14:30:00.000Z", "yesterday told why"}) {
    std::ofstream(directory.path() / "outage") << text;
    start();
    BOOST_TEST(outage->status("Idle") == "Idle", text);
  }
}

BOOST_AUTO_TEST_CASE(without_a_directory_it_is_in_the_log_only) {
  Outage alone(clock, "store webhooks", {});
  alone.failed("the disk is full");
  clock.advance(seconds{60});
  BOOST_TEST(alone.status("Idle") == std::string(k_lasts) + ". Idle");
  BOOST_TEST(captured.stop() == "payhook-test: error: " + std::string(k_lasts) + '\n');
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_written_keeps_nothing_from_being_told_in_the_log) {
  Outage lost(clock, "store webhooks", "/nonexistent");
  lost.failed("the disk is full");
  clock.advance(seconds{60});
  lost.status("");
  const std::string log = captured.stop();
  BOOST_TEST(log.find("payhook-test: error: " + std::string(k_lasts) + '\n') != std::string::npos,
             log);
  BOOST_TEST(log.find("error: cannot write /nonexistent/") != std::string::npos, log);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
