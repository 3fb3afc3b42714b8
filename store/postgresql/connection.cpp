#include "store/postgresql/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "store/errors.h"
#include "store/postgresql/errors.h"

namespace payhook::postgresql {

namespace {

constexpr int k_binary = 1;

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
    text.pop_back();
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string field(const PGresult* result, int which) {
  const char* const text = PQresultErrorField(result, which);
  return text == nullptr ? "" : text;
}

}  // namespace

void Connection::Finish::operator()(pg_conn* connection) const noexcept { PQfinish(connection); }

Connection::Connection(const std::string& conninfo)
    : m_conninfo(conninfo), m_hosts(hosts_of(conninfo)) {}

void Connection::open(Deadline deadline) {
  std::string why;
  for (std::size_t tried = 0; tried < m_hosts.size(); ++tried) {
    try {
      try_host(m_hosts[m_host],
               std::min(deadline, std::chrono::steady_clock::now() + k_patience_with_a_host));
      return;
    } catch (const StoreUnavailable& e) {
      close();
      m_host = (m_host + 1) % m_hosts.size();
      why += (why.empty() ? "" : "; ") + std::string(e.what());
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      break;  // the next call goes on with the next host
    }
  }
  throw StoreUnavailable(why);
}

/// What stands before the connection string is a default, and what stands behind it replaces it.
void Connection::try_host(const Host& host, Deadline deadline) {
  const std::array<std::pair<const char*, const char*>, 11> options{{
      {"application_name", "payhook"},
      {"target_session_attrs", "read-write"},
      {"tcp_user_timeout", "5000"},
      {"keepalives_idle", "5"},
      {"keepalives_interval", "2"},
      {"keepalives_count", "3"},
      {"dbname", m_conninfo.c_str()},
      {"host", host.host.c_str()},
      {"hostaddr", host.hostaddr.c_str()},
      {"port", host.port.c_str()},
      {"client_encoding", "UTF8"},
  }};
  std::array<const char*, options.size() + 1> keywords{};
  std::array<const char*, options.size() + 1> values{};
  std::transform(options.begin(), options.end(), keywords.begin(),
                 [](const auto& option) { return option.first; });
  std::transform(options.begin(), options.end(), values.begin(),
                 [](const auto& option) { return option.second; });
  m_connection.reset(PQconnectStartParams(keywords.data(), values.data(), 1));
  if (m_connection == nullptr) {
    throw StoreUnavailable("PostgreSQL: out of memory");
  }
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (PQstatus(m_connection.get()) != CONNECTION_BAD && next != PGRES_POLLING_OK &&
         next != PGRES_POLLING_FAILED) {
    wait_for(next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline);
    next = PQconnectPoll(m_connection.get());
  }
  if (next != PGRES_POLLING_OK || PQsetnonblocking(m_connection.get(), 1) != 0 ||
      PQenterPipelineMode(m_connection.get()) != 1) {
    lose();
  }
  PQsetNoticeReceiver(m_connection.get(), note_warning, this);
}

void Connection::close() noexcept {
  m_connection.reset();
  m_prepared.clear();
  m_sent.clear();
}

void Connection::notice_its_end() noexcept {
  pollfd socket{PQsocket(m_connection.get()), POLLIN, 0};
  while (is_open() && ::poll(&socket, 1, 0) > 0) {
    if (PQconsumeInput(m_connection.get()) != 1) {
      close();
    }
  }
}

void Connection::lose() {
  const std::string message = without_line_end(PQerrorMessage(m_connection.get()));
  close();
  throw_failure("", message);
}

void Connection::wait_for(short events, Deadline deadline) {
  pollfd socket{PQsocket(m_connection.get()), events, 0};
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      close();
      throw StoreTimeout("PostgreSQL: the server has not answered in time");
    }
    const int ready = ::poll(
        &socket, 1, static_cast<int>(std::min(left, std::chrono::milliseconds{60'000}).count()));
    if (ready > 0) {
      return;
    }
    if (ready < 0 && errno != EINTR) {
      lose();
    }
  }
}

void Connection::send(bool is_sent, Sent what) {
  if (!is_sent) {
    lose();
  }
  m_sent.push_back(what);
}

void Connection::add(const Statement& statement, const Parameters& parameters) {
  // What is prepared behind a statement that fails is not: run() tells.
  const bool is_on_its_way =
      std::any_of(m_sent.begin(), m_sent.end(), [&statement](const Sent& sent) {
        return sent.prepares != nullptr && std::string_view(sent.prepares) == statement.name;
      });
  if (!is_on_its_way && !m_prepared.contains(statement.name)) {
    send(PQsendPrepare(m_connection.get(), statement.name, statement.sql, 0, nullptr) == 1,
         {statement.name, false});
  }
  const auto all = parameters.values();
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const auto& value : all) {
    values.push_back(value ? value->data() : nullptr);
    lengths.push_back(value ? static_cast<int>(value->size()) : 0);
  }
  const std::vector<int> formats(all.size(), k_binary);
  send(PQsendQueryPrepared(m_connection.get(), statement.name, static_cast<int>(all.size()),
                           values.data(), lengths.data(), formats.data(), k_binary) == 1,
       {});
}

void Connection::add(const char* sql) {
  send(PQsendQueryParams(m_connection.get(), sql, 0, nullptr, nullptr, nullptr, nullptr,
                         k_binary) == 1,
       {});
}

std::vector<Result> Connection::run(Deadline deadline) {
  m_warning.clear();
  if (PQpipelineSync(m_connection.get()) != 1) {
    lose();
  }
  flush(deadline);
  return receive(deadline, true);
}

/// Several statements in one text are none for a pipeline.
void Connection::run_script(const char* sql, Deadline deadline) {
  if (!m_sent.empty()) {
    run(deadline);
  }
  if (PQexitPipelineMode(m_connection.get()) != 1) {
    lose();
  }
  send(PQsendQuery(m_connection.get(), sql) == 1, {});
  flush(deadline);
  receive(deadline, false);
  if (PQenterPipelineMode(m_connection.get()) != 1) {
    lose();
  }
}

std::vector<Result> Connection::receive(Deadline deadline, bool ends_with_sync) {
  std::vector<Result> results;
  std::unique_ptr<Failure> failure;
  for (const Sent& sent : std::exchange(m_sent, {})) {
    receive_one(sent, deadline, results, failure);
  }
  if (ends_with_sync) {
    const Result end(next(deadline));
  }
  if (failure != nullptr) {
    throw_failure(failure->sqlstate, failure->message);
  }
  return results;
}

/// The server may have to be read from before it reads on.
void Connection::flush(Deadline deadline) {
  for (int left = 1; (left = PQflush(m_connection.get())) != 0;) {
    if (left < 0) {
      lose();
    }
    wait_for(POLLIN | POLLOUT, deadline);
    if (PQconsumeInput(m_connection.get()) != 1) {
      lose();
    }
  }
}

/// Null at the end of each statement's results.
pg_result* Connection::next(Deadline deadline) {
  while (PQisBusy(m_connection.get()) == 1) {
    wait_for(POLLIN, deadline);
    if (PQconsumeInput(m_connection.get()) != 1) {
      lose();
    }
  }
  return PQgetResult(m_connection.get());
}

void Connection::receive_one(const Sent& sent, Deadline deadline, std::vector<Result>& results,
                             std::unique_ptr<Failure>& failure) {
  while (pg_result* const result = next(deadline)) {
    Result owned(result);
    switch (PQresultStatus(result)) {
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
        if (sent.prepares != nullptr) {
          m_prepared.insert(sent.prepares);
        }
        if (sent.is_wanted) {
          results.push_back(std::move(owned));
        }
        break;
      case PGRES_PIPELINE_ABORTED:
        break;
      default:
        if (PQstatus(m_connection.get()) == CONNECTION_BAD) {
          lose();
        }
        failure = std::make_unique<Failure>(
            Failure{field(result, PG_DIAG_SQLSTATE), field(result, PG_DIAG_MESSAGE_PRIMARY)});
    }
  }
}

void Connection::note_warning(void* connection, const PGresult* notice) {
  if (field(notice, PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING") {
    static_cast<Connection*>(connection)->m_warning = field(notice, PG_DIAG_MESSAGE_PRIMARY);
  }
}

}  // namespace payhook::postgresql
