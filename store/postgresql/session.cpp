#include "store/postgresql/session.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>

#include "core/program_error.h"
#include "store/errors.h"
#include "store/postgresql/migration.h"

namespace payhook::postgresql {

namespace {

constexpr std::chrono::milliseconds k_shortest_pause{50};
constexpr std::chrono::milliseconds k_longest_pause{1000};

// So much earlier than we the server is to give up, so that it can still say so.
constexpr std::chrono::milliseconds k_for_the_answer{100};

// A connection whose host has gone without a word is to hold no lock for long.
constexpr Statement k_settings{"payhook_settings", R"sql(
  SELECT set_config('search_path', 'payhook, pg_temp', false),
         set_config('TimeZone', 'UTC', false),
         set_config('statement_timeout', '30s', false),
         set_config('lock_timeout', '3s', false),
         set_config('idle_in_transaction_session_timeout', '10s', false),
         set_config('client_connection_check_interval', '1s', false),
         set_config('tcp_keepalives_idle', '10', false),
         set_config('tcp_keepalives_interval', '5', false),
         set_config('tcp_keepalives_count', '3', false)
)sql"};

constexpr Statement k_state{"payhook_state", R"sql(
  SELECT current_setting('synchronous_commit'), current_setting('server_encoding')
)sql"};

constexpr Statement k_limit{"payhook_limit",
                            "SELECT set_config('statement_timeout', $1::text, true)"};

// "PayH", and what the service does.
constexpr Statement k_be_present{"payhook_be_present",
                                 "SELECT pg_advisory_lock_shared(1348565320, $1::bigint::integer)"};

constexpr auto k_let_go = "SELECT pg_advisory_unlock_all()";
constexpr std::chrono::milliseconds k_patience_at_the_end{500};

void require_durable(const Result& state) {
  const auto synchronous_commit = state.text(0, 0);
  if (synchronous_commit == "off" || synchronous_commit == "local") {
    throw ProgramError(
        EX_CONFIG,
        fmt::format("PostgreSQL has synchronous_commit = {}, by which it may lose webhooks that "
                    "were acknowledged: set it to on, or leave it out of postgresql.conf, ALTER "
                    "ROLE and ALTER DATABASE",
                    synchronous_commit));
  }
  if (state.text(0, 1) != "UTF8") {
    throw ProgramError(EX_CONFIG, fmt::format("the database has the encoding {}: create one with "
                                              "ENCODING 'UTF8'",
                                              state.text(0, 1)));
  }
}

void make_ready(Connection& connection, MissingSchema missing, Deadline deadline) {
  connection.open(deadline);
  connection.add(k_settings);
  connection.add(k_state);
  require_durable(connection.run(deadline).back());
  migrate(connection, missing, deadline);
}

}  // namespace

void create_tables(const std::string& conninfo) {
  Connection connection(conninfo);
  make_ready(connection, MissingSchema::CREATE,
             std::chrono::steady_clock::now() + Session::k_patience);
}

Session::Session(const std::string& conninfo, Begin begin, Presence presence)
    : m_presence(presence), m_connection(conninfo) {
  if (begin == Begin::NOW) {
    try {
      open(std::chrono::steady_clock::now() + k_patience);
    } catch (const StoreUnavailable&) {
      return;
    }
  }
}

/// The server may notice only later that the connection has ended: whoever looks now is to see it.
Session::~Session() {
  if (m_presence == Presence::NONE || !m_connection.is_open()) {
    return;
  }
  try {
    m_connection.add(k_let_go);
    m_connection.run(std::chrono::steady_clock::now() + k_patience_at_the_end);
  } catch (const std::exception&) {
    return;  // it does notice
  }
}

Connection& Session::connection(Deadline deadline) {
  m_connection.notice_its_end();
  if (m_connection.is_open()) {
    return m_connection;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now < m_not_before) {
    throw StoreUnavailable(m_why);
  }
  try {
    open(deadline);
  } catch (const StoreBroken&) {
    throw;
  } catch (const std::exception& e) {
    // Whoever has begun goes on, whatever it is: an operator may be seeing to it.
    m_why = e.what();
    m_pause = std::clamp(2 * m_pause, k_shortest_pause, k_longest_pause);
    m_not_before = std::chrono::steady_clock::now() + m_pause;
    throw StoreUnavailable(m_why);
  }
  return m_connection;
}

void Session::open(Deadline deadline) {
  try {
    make_ready(m_connection, MissingSchema::REFUSE, deadline);
    if (m_presence != Presence::NONE) {
      m_connection.add(k_be_present, Parameters().add(static_cast<std::int64_t>(m_presence)));
      m_connection.run(deadline);
    }
  } catch (const std::exception&) {
    m_connection.close();
    throw;
  }
  ++m_connections;
  m_pause = std::chrono::milliseconds{0};
}

Result Session::read(const Statement& statement, const Parameters& parameters) {
  const Deadline deadline = std::chrono::steady_clock::now() + k_patience;
  Connection& opened = connection(deadline);
  opened.add(statement, parameters);
  return std::move(opened.run(deadline).back());
}

ScopedTransaction::ScopedTransaction(Session& session, Deadline deadline)
    : m_session(session), m_deadline(deadline) {
  const auto left =
      std::chrono::floor<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  if (left.count() <= 0) {
    throw StoreTimeout("there is no time left to begin");
  }
  Connection& connection = m_session.connection(deadline);
  connection.add("BEGIN");
  const auto limit = std::max(left - k_for_the_answer, std::chrono::milliseconds{1});
  connection.add(k_limit, Parameters().add(fmt::format("{}ms", limit.count())));
  m_own = 2;
}

ScopedTransaction::~ScopedTransaction() {
  Connection& connection = m_session.m_connection;
  if (!m_is_open || !connection.is_open()) {
    return;
  }
  try {
    connection.add("ROLLBACK");
    connection.run(std::chrono::steady_clock::now() + k_for_the_answer);
  } catch (const std::exception&) {
    connection.close();  // which rolls back, too
  }
}

void ScopedTransaction::add(const Statement& statement, const Parameters& parameters) {
  m_session.m_connection.add(statement, parameters);
}

std::vector<Result> ScopedTransaction::run() {
  std::vector<Result> results = m_session.m_connection.run(m_deadline);
  results.erase(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(m_own));
  m_own = 0;
  return results;
}

Result ScopedTransaction::run(const Statement& statement, const Parameters& parameters) {
  add(statement, parameters);
  return std::move(run().back());
}

void ScopedTransaction::commit() {
  Connection& connection = m_session.m_connection;
  connection.add("COMMIT");
  try {
    connection.run(m_deadline);
  } catch (const StoreUnavailable& e) {
    if (connection.is_open()) {
      throw;  // the server says that it has not done it
    }
    throw StoreOutcomeUnknown(e.what());
  }
  m_is_open = false;
  if (!connection.warning().empty()) {
    // It is on this server, but not on the standby that was to have it, too.
    throw StoreOutcomeUnknown("PostgreSQL: " + connection.warning());
  }
}

}  // namespace payhook::postgresql
