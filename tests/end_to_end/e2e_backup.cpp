// Backups, restores and checks with payhookctl, beside the real programs.

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

#include "tests/end_to_end/tested_stack.h"
#include "tests/end_to_end/webhook_load.h"

namespace payhook::test {

namespace {

using std::chrono::seconds;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Commands beside a stack that may run or not.
struct Backed {
  Backed() : stack({.delay = seconds{0}}) {}

  void post(const std::string& id) {
    BOOST_TEST(stack.client().post_json(k_webhooks, webhook(id)).status == 202);
  }

  void stop() {
    for (Program* program : {&stack.responder(), &stack.daemon()}) {
      program->signal(SIGTERM);
      BOOST_TEST((program->wait() == 0));
    }
  }

  Outcome ctl(const std::vector<std::string>& arguments, const std::string& die_at = "") const {
    CommandLine command = stack.ctl_command(arguments);
    command.environment.push_back("PAYHOOK_DIE_AT=" + die_at);
    return run(command);
  }

  std::string told(const std::vector<std::string>& arguments) const {
    const Outcome outcome = ctl(arguments);
    BOOST_TEST((outcome.status == 0), outcome.errors);
    return outcome.output;
  }

  void check_refused(const std::vector<std::string>& arguments, int status,
                     const std::string& reason) const {
    const Outcome outcome = ctl(arguments);
    BOOST_TEST((outcome.status == status), outcome.errors);
    BOOST_TEST(has(outcome.errors, reason), outcome.errors);
    BOOST_TEST(outcome.output == "");
  }

  std::filesystem::path backup() const { return stack.directory() / "backup.sqlite"; }
  std::filesystem::path partial() const { return stack.directory() / "payhook.part"; }

  bool knows(const std::string& id) { return stack.client().get(path_of(id)).status == 200; }

  TestedStack stack;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_backup_under_load_has_all_that_was_acknowledged_before_it) {
  Backed b;
  b.stack.start();
  WebhookLoad load(b.stack.port(), 16, 1'000'000, "load");
  const std::filesystem::path directory = b.stack.directory() / "backups";
  std::filesystem::create_directory(directory);
  for (std::size_t i = 1; i <= 3; ++i) {
    BOOST_REQUIRE(eventually([&] { return load.acknowledged() >= i * 500; }));
    const std::vector<std::string> before = load.acknowledged_ids();
    const std::filesystem::path file = directory / std::to_string(i);
    BOOST_TEST(has(b.told({"backup", file}), "newest_created_at: "));
    BOOST_TEST(missing_from(Database(file), before).empty());
    struct stat status {};
    BOOST_REQUIRE(::stat(file.c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0600U);
  }
  load.stop();
  BOOST_TEST(has(b.told({"check"}), "nothing is wrong with"));
  BOOST_TEST(Database(b.stack.database())
                 .text("SELECT why FROM operations WHERE operation = 'backup' AND who <> '' "
                       "ORDER BY id DESC LIMIT 1") == (directory / "3").string());
}

BOOST_AUTO_TEST_CASE(of_the_backups_in_a_directory_the_newest_are_kept) {
  Backed b;
  b.told({"create"});
  const std::filesystem::path directory = b.stack.directory() / "backups";
  std::filesystem::create_directory(directory);
  for (const auto* name : {"payhook-20200101T000000Z.sqlite", "payhook-20200102T000000Z.sqlite",
                           "payhook-20200103T000000Z.sqlite.gz", "payhook-mine.sqlite"}) {
    std::ofstream(directory / name) << "x";
  }
  // What has the name of a backup but is no file was made by somebody else.
  std::filesystem::create_directory(directory / "payhook-20190101T000000Z.sqlite");
  std::filesystem::create_symlink("/none", directory / "payhook-20190102T000000Z.sqlite");
  const std::string made = b.told({"--json", "backup", "--keep", "2", directory});
  BOOST_TEST(has(made, R"("transactions": 0,)"), made);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  BOOST_REQUIRE(names.size() == 6U);
  BOOST_TEST(names[0] == "payhook-20190101T000000Z.sqlite");
  BOOST_TEST(names[1] == "payhook-20190102T000000Z.sqlite");
  BOOST_TEST(names[2] == "payhook-20200102T000000Z.sqlite");
  BOOST_TEST(names[3] == "payhook-20200103T000000Z.sqlite.gz");
  BOOST_TEST(has(made, names[4]), made);
  BOOST_TEST(names[5] == "payhook-mine.sqlite");
}

BOOST_AUTO_TEST_CASE(a_backup_that_is_killed_leaves_none_and_the_next_one_works) {
  Backed b;
  b.stack.start();
  b.post("a");
  BOOST_TEST((b.ctl({"backup", b.backup()}, "backup_copied").status == -SIGKILL));
  BOOST_TEST(!std::filesystem::exists(b.backup()));
  BOOST_TEST(std::filesystem::exists(b.partial()));
  b.told({"backup", b.backup()});
  BOOST_TEST(!std::filesystem::exists(b.partial()));
  b.check_refused({"backup", b.backup()}, 73, "is there already");
  b.told({"backup", "--force", b.backup()});
  b.check_refused({"backup", "--force", b.stack.database()}, 64, "is the database");
}

BOOST_AUTO_TEST_CASE(a_backup_that_has_no_room_leaves_nothing) {
  Backed b;
  b.told({"create"});
  insert_backlog(b.stack.database(), 5'000);
  CommandLine command = b.stack.ctl_command({"backup", b.backup()});
  // The file system's limit; a full disk ends in the same way.
  command.arguments.insert(command.arguments.begin(), {"/usr/bin/prlimit", "--fsize=262144"});
  const Outcome outcome = run(command);
  BOOST_TEST((outcome.status != 0));
  BOOST_TEST(has(outcome.errors, "cannot copy the database"), outcome.errors);
  BOOST_TEST(!std::filesystem::exists(b.backup()));
  BOOST_TEST(!std::filesystem::exists(b.partial()));
}

BOOST_AUTO_TEST_CASE(root_writes_a_backup_where_the_databases_owner_may_not) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("only root can act as somebody else");
    return;
  }
  Backed b;
  const TemporaryDirectory roots;
  BOOST_REQUIRE(::chown(b.stack.directory().c_str(), 65534, 65534) == 0);
  b.told({"create"});
  const std::filesystem::path file = roots.path() / "backup.sqlite";
  b.told({"backup", file});
  struct stat status {};
  BOOST_REQUIRE(::stat(file.c_str(), &status) == 0);
  BOOST_TEST(status.st_uid == 0U);
  BOOST_TEST(has(b.told({"restore", file}), "owner: nobody\n"));
  BOOST_REQUIRE(::stat(b.stack.database().c_str(), &status) == 0);
  BOOST_TEST(status.st_uid == 65534U);
  BOOST_TEST((status.st_mode & 07777) == 0640U);
}

BOOST_AUTO_TEST_CASE(a_restore_is_refused_beside_running_programs_and_works_without_them) {
  Backed b;
  b.stack.start();
  b.post("before");
  b.told({"backup", b.backup()});
  b.post("after");
  const std::string drilled = b.told({"restore", "--drill", b.backup()});
  BOOST_TEST(has(drilled, "transactions: 1\n"), drilled);
  BOOST_TEST(!std::filesystem::exists(b.partial()));
  b.check_refused({"restore", b.backup()}, 69, "stop them first");
  BOOST_TEST(b.knows("after"));
  b.stop();
  const std::string restored = b.told({"restore", b.backup()});
  BOOST_TEST(has(restored, "have providers send again"), restored);
  b.stack.start();
  BOOST_TEST(b.knows("before"));
  BOOST_TEST(!b.knows("after"));
  b.post("after");
  BOOST_TEST(b.knows("after"));
  const std::string aside = restored.substr(restored.find("aside: ") + 7);
  const std::filesystem::path kept = aside.substr(0, aside.find('\n'));
  BOOST_TEST(Database(kept / "db.sqlite")
                 .number("SELECT count(*) FROM transactions WHERE transaction_id = 'after'") == 1);
  BOOST_TEST(has(b.told({"check"}), "2 transactions"));
}

BOOST_AUTO_TEST_CASE(a_restore_that_is_killed_leaves_no_database_and_can_be_done_again) {
  Backed b;
  b.told({"create"});
  b.told({"backup", b.backup()});
  BOOST_TEST((b.ctl({"restore", b.backup()}, "restore_set_aside").status == -SIGKILL));
  BOOST_TEST((run(b.stack.daemon_command()).status == 66));
  BOOST_TEST(has(b.told({"restore", b.backup()}), "there was no database before: if a volume"));
  b.stack.start();
  b.post("a");
}

BOOST_AUTO_TEST_CASE(where_the_directory_of_the_database_is_missing_nothing_is_restored) {
  Backed b;
  b.told({"create"});
  b.told({"backup", b.backup()});
  const auto settings = b.stack.directory() / "elsewhere.toml";
  const auto directory = b.stack.directory() / "missing";
  std::ofstream(settings) << fmt::format("database = \"{}/db.sqlite\"\n", directory.string());
  for (const auto& more : {std::vector<std::string>{}, {"--drill"}}) {
    CommandLine command{{PAYHOOKCTL, "--config", settings, "restore", b.backup()}, {}};
    command.arguments.insert(command.arguments.end(), more.begin(), more.end());
    const Outcome outcome = run(command);
    BOOST_TEST((outcome.status == 73), outcome.errors);
    BOOST_TEST(has(outcome.errors, "missing does not exist: mount the volume that it is on"),
               outcome.errors);
    BOOST_TEST(!std::filesystem::exists(directory));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_whole_backup_is_refused_and_nothing_changes) {
  Backed b;
  b.told({"create"});
  insert_backlog(b.stack.database(), 2'000);
  b.told({"backup", b.backup()});
  const auto damaged = b.stack.directory() / "damaged.sqlite";
  std::filesystem::copy_file(b.backup(), damaged);
  std::fstream file(damaged, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(damaged) / 2));
  file << std::string(8192, '\xa5');
  file.close();
  const auto another = b.stack.directory() / "another.sqlite";
  execute(another, "CREATE TABLE transactions (id INTEGER, amount REAL)");
  const auto newer = b.stack.directory() / "newer.sqlite";
  std::filesystem::copy_file(b.backup(), newer);
  execute(newer, "PRAGMA user_version = 4000");
  const auto copied = b.stack.directory() / "copied.sqlite";
  std::filesystem::copy_file(b.backup(), copied);
  std::ofstream(copied.string() + "-wal") << "x";
  const auto text = b.stack.directory() / "text";
  std::ofstream(text) << "no database";
  const std::string before = contents(b.stack.database());
  const std::tuple<std::filesystem::path, int, std::string> table[] = {
      {damaged, 65, "damaged.sqlite is damaged: "},
      {text, 65, "text is damaged, or no database"},
      {another, 65, "is no database of payhook's"},
      {newer, 78, "has schema version 4.0"},
      {copied, 65, "copied.sqlite-wal has transactions that"},
      {b.stack.database(), 64, "is no backup"},
      {b.stack.directory(), 64, "is no backup"},
      {b.stack.directory() / "none", 66, "cannot be read: No such file"},
  };
  for (const auto& [backup, status, reason] : table) {
    b.check_refused({"restore", backup}, status, reason);
    b.check_refused({"restore", "--drill", backup}, status, reason);
  }
  BOOST_TEST((contents(b.stack.database()) == before));
  BOOST_TEST(!std::filesystem::exists(b.partial()));
}

BOOST_AUTO_TEST_CASE(a_check_tells_what_is_wrong_and_what_to_do) {
  Backed b;
  b.told({"create"});
  insert_backlog(b.stack.database(), 3);
  execute(b.stack.database(), "UPDATE transactions SET amount = '2.0' WHERE id = 2");
  const Outcome outcome = b.ctl({"--json", "check", "--quick"});
  BOOST_TEST((outcome.status == 65));
  BOOST_TEST(has(outcome.output, R"({"found": "row 2 of the table transactions: its amount)"),
             outcome.output);
  BOOST_TEST(has(outcome.errors, "1 thing is wrong with"), outcome.errors);
}

}  // namespace payhook::test
