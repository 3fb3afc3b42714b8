#include "service/program.h"

#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "core/program_error.h"
#include "service/start_signals.h"
#include "service/supervisor.h"
#include "tests/support/captured_output.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace payhook {

namespace {

/// An environment variable, for as long as it is in scope.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : m_name(name) {
    ::setenv(name, value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): one thread
  }
  ~ScopedVariable() { ::unsetenv(m_name); }  // NOLINT(concurrency-mt-unsafe): one thread
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* m_name;
};

struct Program {
  Program() {
    ::unsetenv("PAYHOOK_CONFIG");     // NOLINT(concurrency-mt-unsafe): one thread
    ::unsetenv("GATEWAY_INTERFACE");  // NOLINT(concurrency-mt-unsafe): one thread
  }
  ~Program() {
    start_signals::end_the_program();
    ::umask(m_umask);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  int start(const std::vector<const char*>& arguments) {
    test::CapturedOutput captured_out(STDOUT_FILENO);
    test::CapturedOutput captured_err(STDERR_FILENO);
    const int status = start_uncaptured(arguments);
    err = captured_err.stop();
    out = captured_out.stop();
    return status;
  }

  int start_uncaptured(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "payhook-test");
    return run_program("payhook-test", "A program of the tests", static_cast<int>(arguments.size()),
                       arguments.data(), [this](const Invocation& given) {
                         config = given.config;
                         invocation = given;
                         return body();
                       });
  }

  std::string write(const std::string& name, const std::string& text) const {
    const auto file = directory.path() / name;
    std::ofstream(file) << text;
    return file.string();
  }

  std::string delay_file(int seconds) const {
    return write("delay" + std::to_string(seconds) + ".toml",
                 "[processor]\ndelay_seconds = " + std::to_string(seconds) + "\n");
  }

  test::TemporaryDirectory directory;
  std::function<int()> body = [] { return 0; };
  std::optional<Config> config;  ///< what the program was run with, if it was run
  Invocation invocation;
  std::string out;
  std::string err;

 private:
  mode_t m_umask = ::umask(022);
};

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(program, Program)

BOOST_AUTO_TEST_CASE(its_exit_status_is_what_it_returns) {
  const std::string file = delay_file(7);
  BOOST_TEST(start({"--config", file.c_str()}) == 0);
  BOOST_TEST(config.value().processor.delay.count() == 7);
  body = [] { return 3; };
  BOOST_TEST(start({"-c", file.c_str()}) == 3);
}

BOOST_AUTO_TEST_CASE(a_later_config_option_overrides_an_earlier_one) {
  const std::string first = delay_file(1);
  const std::string second = delay_file(2);
  BOOST_TEST(start({"--config", first.c_str(), "--config", second.c_str()}) == 0);
  BOOST_TEST(config.value().processor.delay.count() == 2);
}

BOOST_AUTO_TEST_CASE(a_directory_stands_for_its_files) {
  std::filesystem::create_directories(directory.path() / "etc" / "conf.d");
  write("etc/payhook.toml", "processor.delay_seconds = 1\nresponder.max_body_bytes = 7\n");
  write("etc/conf.d/a.toml", "processor.delay_seconds = 2\n");
  write("etc/conf.d/a.toml.old", "nonsense");
  const std::string etc = (directory.path() / "etc").string();
  BOOST_TEST(start({"--config", etc.c_str()}) == 0);
  BOOST_TEST(config.value().processor.delay.count() == 2);
  BOOST_TEST(config.value().responder.max_body_bytes == 7U);
  const std::string after = delay_file(3);
  BOOST_TEST(start({"--config", etc.c_str(), "--config", after.c_str()}) == 0);
  BOOST_TEST(config.value().processor.delay.count() == 3);
}

BOOST_AUTO_TEST_CASE(the_environment_names_a_configuration_where_no_option_does) {
  const ScopedVariable variable("PAYHOOK_CONFIG", delay_file(5));
  BOOST_TEST(start({}) == 0);
  BOOST_TEST(config.value().processor.delay.count() == 5);
  const std::string other = delay_file(6);
  BOOST_TEST(start({"--config", other.c_str()}) == 0);
  BOOST_TEST(config.value().processor.delay.count() == 6);
}

BOOST_AUTO_TEST_CASE(the_configuration_can_be_read_again) {
  const std::string file = delay_file(7);
  BOOST_TEST(start({"--config", file.c_str()}) == 0);
  std::ofstream(file) << "[processor]\ndelay_seconds = 8\n";
  BOOST_TEST(invocation.read_config().processor.delay.count() == 8);
  std::ofstream(file) << "nonsense = 1\n";
  BOOST_CHECK_THROW(invocation.read_config(), ProgramError);
}

BOOST_AUTO_TEST_CASE(check_config_says_that_it_is_good_and_runs_nothing) {
  const std::string file = delay_file(7);
  BOOST_TEST(start({"--check-config", "--config", file.c_str()}) == 0);
  BOOST_TEST(out ==
             "the configuration is good\nsource default at /v1/webhooks/transactions\n"
             "  anybody may send to it: it has no signature\n");
  BOOST_TEST(err == "");
  BOOST_TEST(!config.has_value());
}

BOOST_AUTO_TEST_CASE(check_config_tells_of_handlers) {
  const std::string file =
      write("handler.toml", "[handler]\ntype = \"exec\"\ncommand = [\"/none/book\", \"-x\"]\n");
  BOOST_TEST(start({"--check-config", "--config", file.c_str()}) == 0);
  BOOST_TEST(out.find("  handled by /none/book\n"
                      "  the handler cannot be started: No such file or directory\n") != out.npos,
             out);
}

BOOST_AUTO_TEST_CASE(a_bad_configuration_ends_with_78_and_one_line) {
  const std::string file = write("bad.toml", "nonsense = 1\n");
  for (const auto& option : {"--check-config", "-c"}) {
    std::vector<const char*> arguments = {"--config", file.c_str()};
    if (std::string(option) != "-c") {
      arguments.push_back(option);
    }
    BOOST_TEST(start(arguments) == EX_CONFIG);
    BOOST_TEST(err.starts_with("payhook-test: error: " + file + ":1: unknown key 'nonsense'"));
    BOOST_TEST(lines_of(err) == 1U);
    BOOST_TEST(!config.has_value());
  }
  BOOST_TEST(start({"--config", "/nonexistent/payhook.toml"}) == EX_CONFIG);
}

BOOST_AUTO_TEST_CASE(help_and_version_are_printed_and_run_nothing) {
  BOOST_TEST(start({"--help"}) == 0);
  for (const auto* option : {"--config", "--check-config", "--version", "PAYHOOK_CONFIG"}) {
    BOOST_TEST(out.find(option) != std::string::npos, option);
  }
  BOOST_TEST(start({"--version"}) == 0);
  BOOST_TEST(out.starts_with("payhook-test "));
  BOOST_TEST(lines_of(out) == 1U);
  BOOST_TEST(!config.has_value());
}

BOOST_AUTO_TEST_CASE(arguments_that_it_does_not_know_end_it_with_64_and_one_line) {
  const std::string file = delay_file(1);
  const std::vector<const char*> wrong[] = {{"--nonsense"},
                                            {"-x"},
                                            {"word"},
                                            {"--config"},
                                            {"--config", file.c_str(), "word"},
                                            {"--check-config=perhaps"}};
  for (const auto& arguments : wrong) {
    BOOST_TEST_CONTEXT(arguments.back()) {
      BOOST_TEST(start(arguments) == EX_USAGE);
      BOOST_TEST(err.starts_with("payhook-test: error: "));
      BOOST_TEST(lines_of(err) == 1U);
      BOOST_TEST(!config.has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_web_servers_arguments_are_not_the_operators) {
  const ScopedVariable gateway("GATEWAY_INTERFACE", "CGI/1.1");
  const ScopedVariable variable("PAYHOOK_CONFIG", delay_file(9));
  for (const auto* argument : {"--help", "--check-config", "--config=/etc/shadow", "--nonsense"}) {
    config.reset();
    BOOST_TEST(start({argument}) == 0);
    BOOST_TEST(config.has_value());
    BOOST_TEST(config.value().processor.delay.count() == 9);
    BOOST_TEST(out == "");
  }
}

BOOST_AUTO_TEST_CASE(whatever_is_thrown_ends_as_one_line_and_a_status) {
  const std::string file = delay_file(1);
  const std::pair<std::function<int()>, int> table[] = {
      {[]() -> int { throw ProgramError(EX_DATAERR, "broken"); }, EX_DATAERR},
      {[]() -> int { throw std::system_error(EMFILE, std::generic_category(), "broken"); },
       EX_OSERR},
      {[]() -> int { throw std::runtime_error("broken\nin two lines"); }, EX_SOFTWARE},
  };
  for (const auto& [thrown, status] : table) {
    body = thrown;
    BOOST_TEST(start({"--config", file.c_str()}) == status);
    BOOST_TEST(err.starts_with("payhook-test: error: broken"));
    BOOST_TEST(lines_of(err) == 1U);
  }
}

BOOST_AUTO_TEST_CASE(what_it_creates_is_nobody_elses_business) {
  const std::string config_file = delay_file(1);
  const auto created = directory.path() / "created";
  body = [&created] {
    std::ofstream(created) << "x";
    return 0;
  };
  BOOST_TEST(start({"--config", config_file.c_str()}) == 0);
  struct stat status {};
  BOOST_REQUIRE(::stat(created.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0640U);
}

BOOST_AUTO_TEST_CASE(told_to_stop_before_it_is_ready_it_ends_as_one_that_was_asked_to) {
  const std::string file = delay_file(1);
  for (const int number : {SIGTERM, SIGINT}) {
    body = [number]() -> int {
      ::kill(::getpid(), number);
      ::pause();  // as one that waits for its turn
      return 1;
    };
    test::CapturedOutput captured(STDERR_FILENO);
    const int status = test::exit_status_of_child([&] {
      return start_uncaptured({"--config", file.c_str()});
    });
    BOOST_TEST(captured.stop() == "payhook-test: stopped before it was ready\n");
    BOOST_TEST(status == 0);
  }
}

BOOST_AUTO_TEST_CASE(what_is_sent_before_it_has_a_supervisor_is_heard_by_that) {
  const std::string file = delay_file(1);
  int reloads = 0;
  body = [this, &reloads] {
    ::kill(::getpid(), SIGHUP);
    Supervisor supervisor(invocation);
    ::kill(::getpid(), SIGTERM);
    supervisor.run(
        {[&reloads](const Config&) { ++reloads; }, [] { return true; }, [] { return ""; }});
    return reloads;
  };
  test::CapturedOutput captured(STDERR_FILENO);
  BOOST_TEST(test::exit_status_of_child([&] {
               return start_uncaptured({"--config", file.c_str()});
             }) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
