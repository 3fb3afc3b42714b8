// Starting and ending: in any order, beside each other, on databases and directories of all kinds.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>

#include "tests/end_to_end/tested_stack.h"
#include "tests/end_to_end/webhook_load.h"

namespace payhook::test {

namespace {

constexpr auto k_schema_version = "PRAGMA user_version";

bool is_one_line(std::string_view text) {
  return text.ends_with('\n') && std::count(text.begin(), text.end(), '\n') == 1;
}

/// Both programs must refuse the database in this way.
void check_refused(const Stack& stack, int status, std::string_view reason) {
  for (const CommandLine& command : {stack.responder_command(), stack.daemon_command()}) {
    const Outcome outcome = run(command);
    BOOST_TEST_CONTEXT(command.arguments.front() << " wrote: " << outcome.errors) {
      BOOST_TEST((outcome.status == status));
      BOOST_TEST(is_one_line(outcome.errors));
      BOOST_TEST(outcome.errors.find(reason) != std::string::npos);
      BOOST_TEST(outcome.output == "");
    }
  }
}

void end(Program& program) {
  program.signal(SIGTERM);
  BOOST_TEST((program.wait() == 0));
}

void check_works(Stack& stack) {
  const std::string id = fmt::format("works_{}", stack.port());
  BOOST_TEST(stack.client().post_json(k_webhooks, webhook(id)).status == 202);
  const Database database(stack.database());
  BOOST_TEST(eventually([&] {
    return database.number("SELECT count(*) FROM transactions WHERE status <> 'PROCESSED'") == 0;
  }));
  BOOST_TEST(missing_from(database, {id}).empty());
}

/// Starts programs whose last configuration file is a pipe: opening it for writing returns once the
/// program opens it for reading, and it waits there until the pipe is closed.
struct StartingPrograms {
  StartingPrograms() {
    run(stack.create_database_command());
    BOOST_REQUIRE(::mkfifo(pipe().c_str(), 0600) == 0);
  }

  Program start(CommandLine command) const {
    command.arguments.insert(command.arguments.end(), {"--config", pipe().string()});
    return {command, stack.directory() / "starting.out", stack.directory() / "starting.err"};
  }

  UniqueFd open_gate(int flags = 0) const {
    return UniqueFd(::open(pipe().c_str(), O_WRONLY | O_CLOEXEC | flags));
  }

  std::filesystem::path pipe() const { return stack.directory() / "pipe.toml"; }

  TestedStack stack;
};

constexpr Stack::Options k_at_once{.delay = std::chrono::seconds{0}};

}  // namespace

BOOST_AUTO_TEST_CASE(the_responder_may_start_first) {
  TestedStack stack(k_at_once);
  stack.start_nginx();
  stack.start_responder();
  stack.wait_until_healthy();
  stack.start_daemon();
  check_works(stack);
}

BOOST_AUTO_TEST_CASE(the_daemon_may_start_first) {
  TestedStack stack(k_at_once);
  stack.start_daemon();
  stack.wait_until_daemon_ready();
  stack.start_responder();
  stack.start_nginx();
  stack.wait_until_healthy();
  check_works(stack);
}

BOOST_AUTO_TEST_CASE(both_may_start_at_once_on_no_database) {
  TestedStack stack(k_at_once);
  stack.start_nginx();
  for (int i = 0; i < 20; ++i) {
    stack.start_responder();
    stack.start_daemon();
    stack.wait_until_responder_ready();
    stack.wait_until_daemon_ready();
    if (i % 5 == 0) {
      stack.wait_until_healthy();
      check_works(stack);
    }
    end(stack.responder());
    end(stack.daemon());
    for (const auto* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(stack.database().string() + suffix);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_creation_that_is_killed_is_begun_anew) {
  TestedStack stack(k_at_once);
  for (int microseconds = 0; microseconds < 30'000; microseconds += 300) {
    for (const auto* suffix : {"", "-wal", "-shm", "-journal"}) {
      std::filesystem::remove(stack.database().string() + suffix);
    }
    const auto output = stack.directory() / "created";
    Program one(stack.create_database_command(), output, output);
    Program other(stack.create_database_command(), output, output);
    ::usleep(static_cast<useconds_t>(microseconds));  // no wait for anything: a moment to die at
    one.kill();
    other.kill();
    const Outcome outcome = run(stack.create_database_command());
    BOOST_TEST_CONTEXT("killed after " << microseconds << " microseconds: " << outcome.errors) {
      BOOST_REQUIRE((outcome.status == 0));
      BOOST_REQUIRE(Database(stack.database()).number("SELECT count(*) FROM transactions") == 0);
    }
  }
  stack.start();
  check_works(stack);
}

BOOST_AUTO_TEST_CASE(a_database_is_created_once) {
  TestedStack stack(k_at_once);
  stack.start();
  check_works(stack);
  const auto rows = Database(stack.database()).number("SELECT count(*) FROM transactions");
  BOOST_TEST((run(stack.create_database_command()).status == 0));
  BOOST_TEST(Database(stack.database()).number("SELECT count(*) FROM transactions") == rows);
}

BOOST_AUTO_TEST_CASE(a_creation_that_a_crash_cut_short_is_begun_anew) {
  TestedStack stack(k_at_once);
  stack.start();
  end(stack.responder());
  end(stack.daemon());
  execute(stack.database(), "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
  // The first page was written, and counts pages that never were; the journal says that there was
  // no database before.
  std::filesystem::resize_file(stack.database(), 4096);
  std::string journal("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8);
  journal.append(std::string(12, '\0'));                   // records, nonce, pages before
  journal.append(std::string("\0\0\x02\0\0\0\x10\0", 8));  // sectors of 512, pages of 4096
  journal.resize(512, '\0');
  std::ofstream(stack.database().string() + "-journal", std::ios::binary) << journal;
  BOOST_TEST((run(stack.create_database_command()).status == 0));
  stack.start_responder();
  stack.start_daemon();
  BOOST_REQUIRE_NO_THROW(stack.wait_until_responder_ready());
  BOOST_REQUIRE_NO_THROW(stack.wait_until_daemon_ready());
  stack.wait_until_healthy();
  check_works(stack);
}

BOOST_AUTO_TEST_CASE(a_second_responder_on_the_same_socket_is_refused_and_the_first_goes_on) {
  TestedStack stack;
  stack.start();
  const Outcome second = run(stack.responder_command());
  BOOST_TEST((second.status == 69));
  BOOST_TEST(is_one_line(second.errors));
  BOOST_TEST(second.errors.find("another payhook-fcgi listens on") != std::string::npos);
  BOOST_TEST(stack.client().post_json(k_webhooks, webhook("first_goes_on")).status == 202);
}

BOOST_AUTO_TEST_CASE(a_socket_left_over_by_a_killed_responder_is_replaced) {
  TestedStack stack;
  stack.start();
  stack.responder().kill();
  BOOST_TEST(std::filesystem::exists(stack.socket()));
  const Response meanwhile = stack.client().post_json(k_webhooks, webhook("meanwhile"));
  BOOST_TEST(meanwhile.status == 502);
  BOOST_TEST(meanwhile.body == R"({"message": "Bad gateway"})");
  stack.start_responder();
  stack.wait_until_healthy();
  struct stat status {};
  BOOST_REQUIRE(::stat(stack.socket().c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 07777) == 0660U);
  end(stack.responder());
  BOOST_TEST(!std::filesystem::exists(stack.socket()));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_socket_is_not_removed_for_one) {
  TestedStack stack;
  run(stack.create_database_command());
  std::ofstream(stack.socket()) << "mine";
  const Outcome outcome = run(stack.responder_command());
  BOOST_TEST((outcome.status == 73));
  BOOST_TEST(is_one_line(outcome.errors));
  BOOST_TEST(contents(stack.socket()) == "mine");
}

BOOST_AUTO_TEST_CASE(a_restarted_daemon_processes_what_became_due_while_it_was_down) {
  TestedStack stack({.delay = std::chrono::seconds{1}});
  stack.start();
  stack.daemon().kill();
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(stack.client().post_json(k_webhooks, webhook(fmt::format("due_{}", i))).status ==
               202);
  }
  const Database database(stack.database());
  BOOST_TEST(eventually([&] {
    return database.number(
               "SELECT count(*) FROM transactions WHERE julianday('now') - "
               "julianday(created_at) > 1.5 / 86400") == 20;
  }));
  BOOST_TEST(database.number("SELECT count(*) FROM transactions WHERE status = 'PROCESSING'") ==
             20);
  stack.start_daemon();
  BOOST_TEST(eventually([&] {
    return database.number("SELECT count(*) FROM transactions WHERE status = 'PROCESSED'") == 20;
  }));
}

BOOST_AUTO_TEST_CASE(another_programs_database_is_refused_and_left_untouched) {
  TestedStack stack;
  execute(stack.database(), "CREATE TABLE transactions (id INTEGER, amount REAL)");
  const std::string before = contents(stack.database());
  check_refused(stack, 78, "is another program's database and was left untouched");
  BOOST_TEST(contents(stack.database()) == before);
  for (const auto* suffix : {"-wal", "-shm", "-journal"}) {
    BOOST_TEST(!std::filesystem::exists(stack.database().string() + suffix));
  }
}

BOOST_AUTO_TEST_CASE(another_programs_database_with_a_wal_is_refused_and_left_untouched) {
  TestedStack stack;
  // Left as a killed program leaves it: a WAL with all there is, which opening would take in.
  create_with_wal(stack.database());
  const std::string before = contents(stack.database());
  const std::string wal_before = contents(stack.database().string() + "-wal");
  BOOST_REQUIRE(wal_before != "");
  check_refused(stack, 78, "is another program's database and was left untouched");
  BOOST_TEST(contents(stack.database()) == before);
  BOOST_TEST(contents(stack.database().string() + "-wal") == wal_before);
  BOOST_TEST(!std::filesystem::exists(stack.database().string() + "-shm"));
}

BOOST_AUTO_TEST_CASE(a_database_of_a_newer_major_version_is_refused_and_left_untouched) {
  TestedStack stack;
  stack.start();
  end(stack.responder());
  end(stack.daemon());
  execute(stack.database(), "PRAGMA user_version = 4000; PRAGMA wal_checkpoint(TRUNCATE)");
  const std::string before = contents(stack.database());
  check_refused(stack, 78, "has schema version 4.0, and this program knows version 3");
  BOOST_TEST(contents(stack.database()) == before);
}

BOOST_AUTO_TEST_CASE(a_database_of_a_later_step_of_this_major_version_works) {
  TestedStack stack(k_at_once);
  stack.start();
  end(stack.responder());
  end(stack.daemon());
  execute(stack.database(),
          "ALTER TABLE transactions ADD COLUMN later TEXT; PRAGMA user_version = 3999");
  stack.start_responder();
  stack.start_daemon();
  stack.wait_until_healthy();
  check_works(stack);
  BOOST_TEST(Database(stack.database()).number(k_schema_version) == 3999);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_refused_and_left_untouched) {
  for (const std::string& bytes :
       {std::string("no database"), std::string(20'000, 'x'), std::string(20'000, '\0')}) {
    TestedStack stack;
    std::ofstream(stack.database()) << bytes;
    check_refused(stack, 78, "is not a database");
    BOOST_TEST(contents(stack.database()) == bytes);
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_database_is_refused) {
  TestedStack stack;
  stack.start();
  end(stack.responder());
  end(stack.daemon());
  execute(stack.database(), "PRAGMA wal_checkpoint(TRUNCATE)");
  std::fstream file(stack.database(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(100);  // behind the header: the table of tables
  file << std::string(3000, '\xa5');
  file.close();
  check_refused(stack, 65, "keep the file together with its -wal");
}

BOOST_AUTO_TEST_CASE(an_empty_file_becomes_the_database_only_when_told_so) {
  TestedStack stack(k_at_once);
  std::ofstream(stack.database()).close();
  check_refused(stack, 66, "does not exist, or is empty");
  BOOST_TEST((run(stack.create_database_command()).status == 0));
  stack.start();
  check_works(stack);
}

BOOST_AUTO_TEST_CASE(a_missing_database_is_refused_and_not_created) {
  TestedStack stack;
  check_refused(stack, 66, "db.sqlite does not exist, or is empty: mount the volume that it is on");
  for (const auto* suffix : {"", "-wal", "-shm", ".turn"}) {
    BOOST_TEST(!std::filesystem::exists(stack.database().string() + suffix));
  }
}

BOOST_AUTO_TEST_CASE(a_missing_directory_is_named) {
  TestedStack stack({.toml = "database = \"/nonexistent/payhook/db.sqlite\"\n"});
  check_refused(stack, 66, "/nonexistent/payhook/db.sqlite does not exist");
  const Outcome outcome = run(stack.create_database_command());
  BOOST_TEST((outcome.status == 73));
  BOOST_TEST(is_one_line(outcome.errors));
  BOOST_TEST(outcome.errors.find("the directory /nonexistent/payhook does not exist: mount the") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_directory_that_may_not_be_written_is_named) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("only root can run a program as somebody else");
    return;
  }
  TestedStack stack;
  run(stack.create_database_command());
  ::chmod(stack.directory().c_str(), 0755);
  for (CommandLine command : {stack.responder_command(), stack.daemon_command()}) {
    command.arguments.insert(command.arguments.begin(), {"/usr/bin/setpriv", "--reuid=65534",
                                                         "--regid=65534", "--clear-groups"});
    const Outcome outcome = run(command);
    BOOST_TEST_CONTEXT(outcome.errors) {
      BOOST_TEST((outcome.status == 73));
      BOOST_TEST(is_one_line(outcome.errors));
      BOOST_TEST(outcome.errors.find("user id 65534") != std::string::npos);
      BOOST_TEST(outcome.errors.find(stack.directory().string()) != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_database_that_root_creates_belongs_to_the_owner_of_its_directory) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("only root can create a database for somebody else");
    return;
  }
  TestedStack stack;
  BOOST_REQUIRE(::chown(stack.directory().c_str(), 65534, 65534) == 0);
  BOOST_TEST((run(stack.create_database_command()).status == 0));
  BOOST_TEST(std::filesystem::exists(stack.database()));
  for (const auto& file : std::filesystem::directory_iterator(stack.directory())) {
    struct stat status {};
    BOOST_REQUIRE(::stat(file.path().c_str(), &status) == 0);
    if (file.path().filename().string().starts_with("db.sqlite")) {
      BOOST_TEST(status.st_uid == 65534U, file.path());
      BOOST_TEST(status.st_gid == 65534U, file.path());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_database_is_not_created_by_somebody_who_may_not_write_there) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("only root can run a program as somebody else");
    return;
  }
  TestedStack stack;
  BOOST_REQUIRE(::chown(stack.directory().c_str(), 65534, 65534) == 0);
  ::chmod(stack.directory().c_str(), 0755);
  CommandLine command = stack.create_database_command();
  command.arguments.insert(command.arguments.begin(), {"/usr/bin/setpriv", "--reuid=54321",
                                                       "--regid=54321", "--clear-groups"});
  const Outcome outcome = run(command);
  BOOST_TEST((outcome.status == 73));
  BOOST_TEST(is_one_line(outcome.errors), outcome.errors);
  BOOST_TEST(
      outcome.errors.find("run this as root, or as user id 65534, its owner") != std::string::npos,
      outcome.errors);
}

BOOST_AUTO_TEST_CASE(told_to_stop_at_any_moment_of_its_start_a_program_ends_with_0) {
  StartingPrograms starting;
  for (int i = 0; i < 50; ++i) {
    for (CommandLine command :
         {starting.stack.responder_command(), starting.stack.daemon_command()}) {
      Program program = starting.start(std::move(command));
      const UniqueFd gate = i % 5 == 0 ? starting.open_gate() : UniqueFd();
      if (!gate) {
        starting.open_gate();  // and let it go on
      }
      end(program);
    }
  }
}

BOOST_AUTO_TEST_CASE(told_to_stop_while_it_waits_for_its_turn_a_program_ends_with_0) {
  StartingPrograms starting;
  const HeldTurn turn(starting.stack.database());
  for (CommandLine command :
       {starting.stack.responder_command(), starting.stack.daemon_command()}) {
    Program program = starting.start(std::move(command));
    starting.open_gate();
    end(program);
  }
}

BOOST_AUTO_TEST_CASE(a_reload_that_comes_during_the_start_is_no_reason_to_end) {
  StartingPrograms starting;
  for (CommandLine command :
       {starting.stack.responder_command(), starting.stack.daemon_command()}) {
    Program program = starting.start(command);
    {
      const UniqueFd gate = starting.open_gate();
      program.signal(SIGHUP);
    }
    BOOST_TEST(eventually([&] {
      starting.open_gate(O_NONBLOCK);  // for the program to read its configuration again
      return starting.stack.log_of("starting").find("was read again") != std::string::npos;
    }));
    end(program);
    std::filesystem::remove(starting.stack.directory() / "starting.err");
  }
}

BOOST_AUTO_TEST_CASE(a_check_of_the_configuration_that_is_stopped_says_nothing_of_it) {
  StartingPrograms starting;
  CommandLine command = starting.stack.daemon_command();
  command.arguments.emplace_back("--check-config");
  Program program = starting.start(std::move(command));
  const UniqueFd gate = starting.open_gate();
  program.signal(SIGTERM);
  BOOST_TEST((program.wait() == -SIGTERM));
}

BOOST_AUTO_TEST_CASE(both_end_with_0_under_load_and_nothing_acknowledged_is_lost) {
  TestedStack stack(k_at_once);
  stack.start();
  WebhookLoad load(stack.port(), 32, 1'000'000, "load");
  for (int i = 1; i <= 5; ++i) {
    const std::size_t before = load.acknowledged();
    BOOST_REQUIRE(eventually([&] { return load.acknowledged() > before + 200; }));
    for (Program* program : {&stack.responder(), &stack.daemon()}) {
      end(*program);
    }
    stack.start_responder();
    stack.start_daemon();
    stack.wait_until_daemon_ready();
    stack.wait_until_healthy();
  }
  load.stop();
  BOOST_TEST_MESSAGE(load.acknowledged() << " webhooks");
  const std::vector<std::string> ids = load.acknowledged_ids();
  const Database database(stack.database());
  BOOST_TEST(missing_from(database, ids).empty());
  BOOST_TEST(duplicated_ids(database) == 0);
  BOOST_TEST(eventually([&] {
    return database.number("SELECT count(*) FROM transactions WHERE status <> 'PROCESSED'") == 0;
  }));
  for (const auto& [status, count] : load.answers()) {
    BOOST_TEST_MESSAGE("answered " << status << ": " << count);
    // Never 500: while nobody is there, nginx says so.
    BOOST_TEST((status == 202 || status == 502 || status == 503));
  }
}

}  // namespace payhook::test
