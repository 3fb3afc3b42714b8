// Transactions that come from elsewhere, and go elsewhere, with payhookctl.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

namespace {

using std::chrono::seconds;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

CommandLine ctl_command(const Stack& stack, const std::vector<std::string>& arguments) {
  CommandLine command = stack.daemon_command();
  command.arguments.front() = PAYHOOKCTL;
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  return command;
}

/// The status with which a command ends, and what it writes.
std::string told(const Stack& stack, const std::vector<std::string>& arguments) {
  const Outcome outcome = run(ctl_command(stack, arguments));
  return fmt::format("{} {}{}", outcome.status.value_or(-1), outcome.output, outcome.errors);
}

/// The app that payhook replaces, with a database of its own.
class FlaskApp {
 public:
  /// A transaction takes so long there. Returns once it answers.
  void start(seconds each) {
    const std::filesystem::path script = PAYHOOK_SOURCE_DIR "/tests/end_to_end/flask_app.py";
    m_program =
        Program({.arguments = {"/usr/bin/python3", script, std::to_string(m_port),
                               std::to_string(each.count())},
                 .environment = environment({"DATABASE_URL=sqlite:///" + database().string()})},
                m_directory.path() / "out", m_directory.path() / "err");
    BOOST_REQUIRE_MESSAGE(eventually([&] { return is_there(); }),
                          contents(m_directory.path() / "err"));
  }
  void kill() { m_program.kill(); }

  void post(const std::string& id, const std::string& amount) {
    BOOST_TEST(HttpClient(m_port).post_json(k_webhooks, webhook(id, amount)).status == 202);
  }

  std::string get(const std::string& id) { return HttpClient(m_port).get(path_of(id)).body; }

  std::filesystem::path database() const { return m_directory.path() / "app.sqlite"; }

 private:
  bool is_there() {
    try {
      return HttpClient(m_port).get("/").status == 200;
    } catch (const NoAnswer&) {
      return false;
    }
  }

  const TemporaryDirectory m_directory;
  const std::uint16_t m_port = free_port();
  Program m_program;
};

/// A database as the app's model makes it, with so many transactions that are PROCESSED.
void create_app_database(const std::filesystem::path& file, int count) {
  execute(file, fmt::format(R"sql(
    CREATE TABLE transactions (id INTEGER NOT NULL, transaction_id VARCHAR(255) NOT NULL,
      source_account VARCHAR(255) NOT NULL, destination_account VARCHAR(255) NOT NULL,
      amount FLOAT NOT NULL, currency VARCHAR(10) NOT NULL, status VARCHAR(20) NOT NULL,
      created_at DATETIME NOT NULL, processed_at DATETIME, PRIMARY KEY (id),
      UNIQUE (transaction_id));
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {})
    INSERT INTO transactions
    SELECT n, 'txn_' || n, 'acc_a', 'acc_b', n / 100.0, 'INR', 'PROCESSED',
           '2025-11-08 14:31:00.000001', '2025-11-08 14:31:30.000001' FROM number)sql",
                            count));
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_transactions_of_the_flask_app_are_taken_over) {
  FlaskApp app;
  app.start(seconds{0});
  app.post("plain", "1500.50");
  app.post("summed", "0.30000000000000004");
  app.post("fine", "10.005");
  app.post("negative", "-5");
  BOOST_TEST(eventually([&] { return has(app.get("plain"), "PROCESSED"); }));
  app.kill();
  app.start(seconds{1000});
  app.post("late", "7");
  app.kill();

  TestedStack stack({.delay = seconds{0}});
  stack.start();
  const auto import = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"import", app.database()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return told(stack, arguments);
  };
  const std::string without_reason = import({});
  BOOST_TEST(has(without_reason, "64 payhookctl: error: --why is required, or --dry-run"));
  const std::string dry = import({"--dry-run"});
  BOOST_TEST(has(dry, "3 would be imported, 1 of them with something decided; 0 there already; 2"),
             dry);
  BOOST_TEST(Database(stack.database()).number("SELECT count(*) FROM transactions") == 0);

  const std::string first = import({"--why", "we move"});
  BOOST_TEST(first.starts_with("1 "), first);
  for (const auto* line :
       {"0.30000000000000004 is taken for 0.30", "INR has 2 decimal places (amount 10.005",
        "must be greater than 0 (amount -5", "3 imported, 1 of them with something decided"}) {
    BOOST_TEST(has(first, line), first);
  }
  const std::string plain = stack.client().get(path_of("plain")).body;
  BOOST_TEST(has(plain, R"("amount": 1500.5, "currency": "INR", "status": "PROCESSED")"), plain);
  BOOST_TEST(Database(stack.database())
                 .number("SELECT count(*) FROM transactions WHERE transaction_id = 'plain' AND "
                         "created_at LIKE strftime('%Y-%m-%dT') || '%' AND "
                         "processed_at >= created_at AND body = x''") == 1);
  stack.daemon().signal(SIGHUP);
  BOOST_TEST(eventually(
      [&] { return has(stack.client().get(path_of("late")).body, R"("status": "PROCESSED")"); }));

  const std::string second = import({"--why", "once more"});
  BOOST_TEST(has(second, "0 imported, 0 of them with something decided; 3 there already; 2"),
             second);
  BOOST_TEST(
      Database(stack.database()).text("SELECT group_concat(operation || why) FROM operations") ==
      "importwe move");
}

BOOST_AUTO_TEST_CASE(an_import_that_is_killed_is_completed_by_the_next_one) {
  constexpr int k_rows = 1200;
  const TemporaryDirectory directory;
  const std::filesystem::path app = directory.path() / "app.sqlite";
  create_app_database(app, k_rows);
  const TestedStack stack;
  run(stack.create_database_command());
  const std::vector<std::string> import{"import", app, "--why", "we move"};
  CommandLine dying = ctl_command(stack, import);
  dying.environment.emplace_back("PAYHOOK_DIE_AT=after some were imported");
  BOOST_TEST((run(dying).status == -SIGKILL));
  const auto rows = [&] {
    return Database(stack.database())
        .number("SELECT count(DISTINCT transaction_id) FROM transactions");
  };
  const std::int64_t some = rows();
  BOOST_TEST(some > 0);
  BOOST_TEST(some < k_rows);
  BOOST_TEST(
      told(stack, import) ==
      fmt::format("0 {} imported, 0 of them with something decided; {} there already; 0 not\n",
                  k_rows - some, some));
  BOOST_TEST(rows() == k_rows);
  BOOST_TEST(Database(stack.database()).number("SELECT sum(amount_minor) FROM transactions") ==
             k_rows * (k_rows + 1) / 2);
}

BOOST_AUTO_TEST_CASE(what_is_no_database_of_the_app_is_refused) {
  const TestedStack stack;
  run(stack.create_database_command());
  const auto beside = [&](const char* name) { return (stack.directory() / name).string(); };
  std::ofstream(beside("text")) << std::string(5000, 'x');
  execute(beside("other"), "CREATE TABLE transactions (id INTEGER)");
  create_with_wal(beside("wal"));
  const std::tuple<std::string, std::string> table[] = {
      {"none", "66 payhookctl: error: {}: No such file or directory"},
      {"text", "65 payhookctl: error: {} is no SQLite database, or is damaged"},
      {"other",
       "65 payhookctl: error: {} is not the database of the Flask app: {}: cannot prepare a "
       "statement: no such column: transaction_id"},
      {"wal",
       "65 payhookctl: error: {} is not the database of the Flask app: {}: cannot prepare a "
       "statement: no such table: transactions"},
      {"db.sqlite", "65 payhookctl: error: {} is a database of payhook's"},
  };
  for (const auto& [name, expected] : table) {
    const std::string file = beside(name.c_str());
    const std::string refusal = told(stack, {"import", file, "--why", "x"});
    BOOST_TEST(refusal.starts_with(fmt::format(fmt::runtime(expected), file, file)), refusal);
  }
}

BOOST_AUTO_TEST_CASE(what_is_exported_reconciles_and_planted_differences_are_found) {
  TestedStack stack({.delay = seconds{0}});
  stack.start();
  for (const auto& [id, amount] : std::map<std::string, std::string>{
           {"a", "1"}, {"b", "1500.50"}, {"c", "3"}, {"d", "4"}, {"=e,\\\"1\\\"", "5"}}) {
    BOOST_TEST(stack.client().post_json(k_webhooks, webhook(id, amount)).status == 202);
  }
  const std::string csv = stack.directory() / "all.csv";
  const std::string json = stack.directory() / "all.jsonl";
  BOOST_TEST(told(stack, {"export", "-o", csv}) == "0 5 transactions are in " + csv + '\n');
  BOOST_TEST(told(stack, {"--json", "export", "-o", json}) == "0 ");
  BOOST_TEST(contents(csv).starts_with("transaction_id,source,"));
  BOOST_TEST(has(contents(csv), "\r\n\"=e,\"\"1\"\"\",default,"), contents(csv));
  BOOST_TEST(has(told(stack, {"export", "--for-spreadsheet"}), "\r\n\"'=e,\"\"1\"\"\",default,"));
  BOOST_TEST(has(contents(json), R"("amount": 1500.5, )"), contents(json));
  for (const std::string& file : {csv, json}) {
    const std::string same = told(stack, {"reconcile", file, "--since", "1h"});
    BOOST_TEST(same ==
               "0 5 of 5 payments agree; missing: 0, other amount or currency: 0, twice: 0, extra: "
               "0\n");
  }

  const std::string planted = stack.directory() / "planted.csv";
  std::ofstream(planted) << "\xef\xbb\xbf"
                            "Id;Sum;Cur\r\na;1,00;INR\r\nb;1.500,51;INR\r\n"
                            "c;3;USD\r\na;1;INR\r\nx;9;INR\r\n";
  const std::vector<std::string> how{"reconcile",       planted,   "--id",       "Id",
                                     "--amount",        "Sum",     "--currency", "Cur",
                                     "--decimal-comma", "--since", "1h"};
  std::vector<std::string> as_json = how;
  as_json.insert(as_json.begin(), "--json");
  const std::string lines = told(stack, as_json);
  for (
      const auto* line :
      {R"({"line": 3, "difference": "amount", "transaction_id": "b", "listed_amount": 1500.51, )",
       R"({"line": 4, "difference": "currency", "transaction_id": "c", )",
       R"({"line": 5, "difference": "duplicate", "transaction_id": "a", )",
       R"({"line": 6, "difference": "missing", "transaction_id": "x", )",
       R"({"line": null, "difference": "extra", "transaction_id": "d", "listed_amount": null, )"}) {
    BOOST_TEST(has(lines, line), lines);
  }
  const std::string text = told(stack, how);
  BOOST_TEST(text.starts_with("1 LINE"), text);
  BOOST_TEST(has(text,
                 "\n1 of 5 payments agree; missing: 1, other amount or currency: 2, twice: 1, "
                 "extra: 2\n"),
             text);

  std::ofstream(planted) << "Id;Sum;Cur\na;1;INR\nb;much;INR\n";
  const std::string refusal = told(stack, how);
  BOOST_TEST(refusal.starts_with("65 payhookctl: error: " + planted + ", line 3: Invalid amount"),
             refusal);
  BOOST_TEST(
      has(told(stack, {"reconcile", planted}), "there is no column 'transaction_id' but: Id"));
  BOOST_TEST(told(stack, {"reconcile", planted + ".no"}).starts_with("66 "));
  BOOST_TEST(told(stack, {"reconcile", stack.directory()}).starts_with("66 "));
}

}  // namespace payhook::test
