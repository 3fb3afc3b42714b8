#include "store/postgresql/connection.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>

#include "core/unique_fd.h"
#include "store/errors.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/store/postgresql/server.h"
#include "tests/unit/store/webhooks.h"

namespace payhook::postgresql {

using test::moment;
using test::patience;
using test::PostgresqlServer;

namespace {

struct Connected {
  Connection connection{PostgresqlServer::instance().conninfo()};

  Connected() { connection.open(patience()); }

  Result run(const Statement& statement, const Parameters& parameters = {}) {
    connection.add(statement, parameters);
    return std::move(connection.run(patience()).back());
  }
};

Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::milliseconds{300}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(a_connection)

BOOST_FIXTURE_TEST_CASE(values_come_back_as_they_were_sent, Connected) {
  const std::string bytes("\0\xff'\\", 4);
  const Result result = run({"echo",
                             "SELECT $1::text, $2::bigint, $3::timestamptz, $4::boolean, "
                             "$5::bytea, $6::text"},
                            Parameters()
                                .add("\xe2\x82\xac")
                                .add(std::int64_t{-7})
                                .add(moment(123))
                                .add(true)
                                .add_bytes(bytes)
                                .add_null());
  BOOST_TEST(result.text(0, 0) == "\xe2\x82\xac");
  BOOST_TEST(result.number(0, 1) == -7);
  BOOST_TEST((result.time(0, 2) == moment(123)));
  BOOST_TEST(result.yes(0, 3));
  BOOST_TEST(result.text(0, 4) == bytes);
  BOOST_TEST(!result.optional_string(0, 5).has_value());
}

BOOST_FIXTURE_TEST_CASE(arrays_are_rows, Connected) {
  Array texts;
  Array numbers;
  Array times;
  for (const auto& [text, number, time] :
       {std::tuple("a", std::int64_t{1}, moment(1)), std::tuple("", std::int64_t{2}, k_never)}) {
    texts.add(std::string_view(text));
    numbers.add(number);
    times.add(time);
  }
  constexpr Statement k_rows{"rows",
                             "SELECT * FROM unnest($1::text[], $2::bigint[], $3::timestamptz[])"};
  const Result result = run(k_rows, Parameters().add(texts).add(numbers).add(times));
  BOOST_REQUIRE(result.rows() == 2U);
  BOOST_TEST(result.text(0, 0) == "a");
  BOOST_TEST(result.text(1, 0) == "");
  BOOST_TEST(result.number(1, 1) == 2);
  BOOST_TEST((result.time(0, 2) == moment(1)));
  BOOST_TEST((result.time(1, 2) == k_never));
}

BOOST_AUTO_TEST_CASE(what_postgresql_cannot_have_as_text_is_replaced) {
  BOOST_TEST(storable(std::string("a\0b\xff", 4)) ==
             "a\xef\xbf\xbd"
             "b\xef\xbf\xbd");
  BOOST_TEST(storable("\xe2\x82\xac") == "\xe2\x82\xac");
}

BOOST_FIXTURE_TEST_CASE(what_stands_behind_a_failure_is_not_done, Connected) {
  run({"table", "CREATE TEMPORARY TABLE notes (note text)"});
  connection.add({"first", "INSERT INTO notes VALUES ('first')"});
  connection.add({"fails", "SELECT 1 / (SELECT 0)"});
  connection.add({"last", "INSERT INTO notes VALUES ('last')"});
  BOOST_CHECK_THROW(connection.run(patience()), StoreRefused);
  BOOST_TEST(run({"notes", "SELECT count(*) FROM notes"}).number(0, 0) == 0);
  run({"last", "INSERT INTO notes VALUES ('last')"});
  BOOST_TEST(run({"notes", "SELECT count(*) FROM notes"}).number(0, 0) == 1);
}

BOOST_FIXTURE_TEST_CASE(a_failure_is_told_as_what_it_is, Connected) {
  const auto fail = [this](const std::string& sqlstate) {
    connection.add(
        ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '" + sqlstate + "'; END $$").c_str());
    connection.run(patience());
  };
  for (const auto* const passes : {"08006", "25006", "40001", "40P01", "53100", "57P01", "58030"}) {
    BOOST_CHECK_EXCEPTION(fail(passes), StoreUnavailable, [](const StoreUnavailable& e) {
      return dynamic_cast<const StoreRefused*>(&e) == nullptr;
    });
  }
  BOOST_CHECK_THROW(fail("55P03"), StoreTimeout);
  BOOST_CHECK_THROW(fail("57014"), StoreTimeout);
  BOOST_CHECK_THROW(fail("XX001"), StoreDamaged);
  BOOST_CHECK_THROW(fail("22021"), StoreRefused);
  BOOST_CHECK_THROW(fail("23514"), StoreRefused);
}

BOOST_FIXTURE_TEST_CASE(a_server_that_does_not_answer_in_time_is_left, Connected) {
  connection.add("SELECT pg_sleep(60)");
  BOOST_CHECK_THROW(connection.run(soon()), StoreTimeout);
  BOOST_TEST(!connection.is_open());
  connection.open(patience());
  BOOST_TEST(run({"one", "SELECT 1::bigint"}).number(0, 0) == 1);
}

BOOST_FIXTURE_TEST_CASE(a_connection_that_the_server_ends_is_lost, Connected) {
  connection.add("SELECT pg_terminate_backend(pg_backend_pid())");
  BOOST_CHECK_THROW(connection.run(patience()), StoreUnavailable);
  connection.close();
  connection.open(patience());
  BOOST_TEST(run({"one", "SELECT 1::bigint"}).number(0, 0) == 1);
}

/// It takes connections and says nothing, as a machine does that stands still.
BOOST_AUTO_TEST_CASE(a_silent_host_keeps_nobody_from_the_next) {
  const test::TemporaryDirectory directory;
  const std::string path = (directory.path() / ".s.PGSQL.5432").string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const UniqueFd listening(::socket(AF_UNIX, SOCK_STREAM, 0));
  BOOST_REQUIRE(
      ::bind(listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  BOOST_REQUIRE(::listen(listening.get(), 9) == 0);
  Connection connection("host=" + directory.path().string() + "," +
                        PostgresqlServer::instance().directory() + " user=payhook dbname=postgres");
  BOOST_CHECK_THROW(connection.open(soon()), StoreUnavailable);
  connection.open(soon());
  BOOST_TEST(connection.is_open());
}

BOOST_AUTO_TEST_CASE(what_is_no_connection_string_is_refused) {
  BOOST_CHECK_THROW(Connection("nonsense"), ProgramError);
}

BOOST_AUTO_TEST_CASE(hosts_are_told_apart) {
  const auto hosts = hosts_of("postgresql://a:1,b:2/payhook");
  BOOST_REQUIRE(hosts.size() == 2U);
  BOOST_TEST(hosts[1].host == "b");
  BOOST_TEST(hosts[1].port == "2");
  BOOST_TEST(hosts_of("host=a,b port=7").at(1).port == "7");
  BOOST_TEST(hosts_of("dbname=payhook").size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::postgresql
