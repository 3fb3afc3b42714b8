#include "store/postgresql/session.h"

#include <boost/test/unit_test.hpp>
#include <thread>

#include "store/errors.h"
#include "tests/unit/store/postgresql/server.h"
#include "tests/unit/store/webhooks.h"

namespace payhook::postgresql {

using test::patience;

namespace {

constexpr Statement k_one{"one", "SELECT 1::bigint"};
constexpr Statement k_pauses{"pauses", "SELECT count(*) FROM pause"};
constexpr Statement k_pause{"pause", "INSERT INTO pause VALUES (1)"};

/// A database of its own.
struct Database {
  Database() {
    Connection server(test::PostgresqlServer::instance().conninfo());
    server.open(patience());
    server.add("DROP DATABASE IF EXISTS session_test WITH (FORCE)");
    server.run(patience());
    server.add("CREATE DATABASE session_test");
    server.run(patience());
  }

  void run(const char* sql) {
    Connection connection(conninfo);
    connection.open(patience());
    connection.add(sql);
    connection.run(patience());
  }

  const std::string conninfo = test::PostgresqlServer::instance().conninfo("session_test");
};

struct Created : Database {
  Created() { create_tables(conninfo); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_session)

BOOST_FIXTURE_TEST_CASE(a_database_without_tables_is_refused, Database) {
  BOOST_CHECK_THROW(Session(conninfo, Session::Begin::NOW), ProgramError);
  Session later(conninfo, Session::Begin::ON_DEMAND);
  BOOST_CHECK_THROW(later.read(k_one), StoreUnavailable);
}

BOOST_FIXTURE_TEST_CASE(the_tables_are_created_once_by_any_number, Database) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] { create_tables(conninfo); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  BOOST_TEST(Session(conninfo, Session::Begin::NOW).read(k_pauses).number(0, 0) == 0);
}

BOOST_FIXTURE_TEST_CASE(tables_of_another_major_version_are_refused, Created) {
  for (const auto* const version : {"2001", "999"}) {
    run((std::string("UPDATE payhook.schema_version SET version = ") + version).c_str());
    BOOST_CHECK_THROW(Session(conninfo, Session::Begin::NOW), ProgramError);
  }
  run("UPDATE payhook.schema_version SET version = 1999");
  BOOST_TEST(Session(conninfo, Session::Begin::NOW).read(k_one).number(0, 0) == 1);
}

BOOST_FIXTURE_TEST_CASE(a_server_that_may_lose_commits_is_refused, Created) {
  for (const auto* const setting : {"off", "local"}) {
    run((std::string("ALTER DATABASE session_test SET synchronous_commit = ") + setting).c_str());
    BOOST_CHECK_THROW(Session(conninfo, Session::Begin::NOW), ProgramError);
  }
  run("ALTER DATABASE session_test SET synchronous_commit = remote_apply");
  BOOST_TEST(Session(conninfo, Session::Begin::NOW).read(k_one).number(0, 0) == 1);
}

BOOST_FIXTURE_TEST_CASE(only_what_is_committed_stays, Created) {
  Session session(conninfo, Session::Begin::NOW);
  {
    ScopedTransaction transaction(session, patience());
    transaction.run(k_pause);
  }
  BOOST_TEST(session.read(k_pauses).number(0, 0) == 0);
  ScopedTransaction transaction(session, patience());
  transaction.add(k_pause);
  transaction.commit();
  BOOST_TEST(session.read(k_pauses).number(0, 0) == 1);
}

BOOST_FIXTURE_TEST_CASE(the_server_gives_up_with_a_deadline_and_the_session_goes_on, Created) {
  Session session(conninfo, Session::Begin::NOW);
  const auto soon = [] {
    return std::chrono::steady_clock::now() + std::chrono::milliseconds{400};
  };
  {
    ScopedTransaction transaction(session, soon());
    BOOST_CHECK_THROW(transaction.run({"sleep", "SELECT pg_sleep(60)"}), StoreTimeout);
  }
  BOOST_TEST(session.read(k_one).number(0, 0) == 1);
  BOOST_TEST(session.connections() == 1);
  BOOST_CHECK_THROW(ScopedTransaction(session, std::chrono::steady_clock::now()), StoreTimeout);
}

BOOST_FIXTURE_TEST_CASE(a_commit_on_whose_way_the_connection_is_lost_is_unknown, Created) {
  Session session(conninfo, Session::Begin::NOW);
  ScopedTransaction transaction(session, patience());
  transaction.run(k_pause);
  transaction.add({"end", "SELECT pg_terminate_backend(pg_backend_pid())"});
  BOOST_CHECK_THROW(transaction.commit(), StoreOutcomeUnknown);
}

BOOST_FIXTURE_TEST_CASE(a_commit_that_no_standby_has_is_unknown, Created) {
  run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  run("SELECT pg_reload_conf()");
  Session session(conninfo, Session::Begin::NOW);
  BOOST_REQUIRE_EQUAL(session
                          .read({"standby",
                                 "SELECT count(*) FROM pg_settings WHERE name = "
                                 "'synchronous_standby_names' AND setting = 'nobody'"})
                          .number(0, 0),
                      1);
  {
    ScopedTransaction transaction(session,
                                  std::chrono::steady_clock::now() + std::chrono::seconds{1});
    transaction.run(k_pause);
    BOOST_CHECK_THROW(transaction.commit(), StoreOutcomeUnknown);
  }
  run("ALTER SYSTEM RESET synchronous_standby_names");
  run("SELECT pg_reload_conf()");
}

BOOST_FIXTURE_TEST_CASE(what_fails_before_the_commit_is_known_not_to_be_done, Created) {
  Session session(conninfo, Session::Begin::NOW);
  ScopedTransaction transaction(session, patience());
  transaction.run(k_pause);
  transaction.add(k_pause);
  BOOST_CHECK_THROW(transaction.commit(), StoreRefused);
}

BOOST_FIXTURE_TEST_CASE(a_server_that_comes_back_is_found_again, Created) {
  auto& server = test::PostgresqlServer::instance();
  Session session(conninfo, Session::Begin::NOW);
  server.stop_at_once();
  BOOST_CHECK_THROW(session.read(k_one), StoreUnavailable);
  Session other(conninfo, Session::Begin::NOW);
  BOOST_CHECK_THROW(other.read(k_one), StoreUnavailable);
  server.start();
  for (Session* each : {&session, &other}) {
    for (;;) {
      try {
        BOOST_TEST(each->read(k_one).number(0, 0) == 1);
        break;
      } catch (const StoreUnavailable&) {  // until the pause is over
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::postgresql
