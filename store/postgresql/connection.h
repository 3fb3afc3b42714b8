#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "store/deadline.h"
#include "store/postgresql/hosts.h"
#include "store/postgresql/parameters.h"
#include "store/postgresql/result.h"

struct pg_conn;

namespace payhook::postgresql {

/// A statement that is prepared on a connection when it is first needed there. Its name is its own.
struct Statement {
  const char* name;
  const char* sql;
};

/// A connection to whichever of the hosts is there and can be written, by libpq that never blocks:
/// no call lasts longer than its deadline, though a host be silent. (But names of hosts are looked
/// up by libpq, which waits for the resolver.) For one thread at a time.
///
/// Statements are gathered by add(), and sent together: so many of them cost one round trip.
class Connection {
 public:
  /// How long one host is waited for, when there may be others.
  static constexpr std::chrono::milliseconds k_patience_with_a_host{2000};

  /// `conninfo` is libpq's. Does not connect. Throws ProgramError where it is none.
  explicit Connection(const std::string& conninfo);

  bool is_open() const noexcept { return m_connection != nullptr; }

  /// Forgets a connection that the server has ended meanwhile, so far as that is known here.
  /// Nothing may wait to be sent.
  void notice_its_end() noexcept;

  /// Connects to the host that was the last to be there, or else to the next ones, each with a
  /// bounded patience. Throws StoreUnavailable or StoreTimeout.
  void open(Deadline deadline);

  /// Forgets the connection: of what was sent nothing more is heard.
  void close() noexcept;

  /// Has a statement wait to be sent by run(). There has to be a connection.
  void add(const Statement& statement, const Parameters& parameters = {});

  /// The same with one that is not worth preparing, and has no parameters.
  void add(const char* sql);

  /// Sends all that wait, in one round trip, and returns their results in their order. The first
  /// that fails keeps those behind it from being done. Throws StoreTimeout, with the connection
  /// closed, when the deadline passes before; StoreUnavailable, with it closed too, when it is
  /// lost; and what throw_failure() throws.
  std::vector<Result> run(Deadline deadline);

  /// Does several statements that a text has, which have to be in a transaction, after what waits.
  /// Throws as run() does.
  void run_script(const char* sql, Deadline deadline);

  /// The last warning since the last run(): what was done, but not as it was asked for.
  const std::string& warning() const noexcept { return m_warning; }

 private:
  struct Finish {
    void operator()(pg_conn* connection) const noexcept;
  };
  struct Failure {
    std::string sqlstate;
    std::string message;
  };
  struct Sent {
    const char* prepares = nullptr;  // the name of the statement that it only prepares
    bool is_wanted = true;           // its result is
  };

  void try_host(const Host& host, Deadline deadline);
  void wait_for(short events, Deadline deadline);
  void send(bool is_sent, Sent what);
  void flush(Deadline deadline);
  pg_result* next(Deadline deadline);
  std::vector<Result> receive(Deadline deadline, bool ends_with_sync);
  void receive_one(const Sent& sent, Deadline deadline, std::vector<Result>& results,
                   std::unique_ptr<Failure>& failure);
  [[noreturn]] void lose();
  static void note_warning(void* connection, const pg_result* notice);

  const std::string m_conninfo;
  const std::vector<Host> m_hosts;
  std::size_t m_host = 0;  // the last that was there, or the next to try
  std::unique_ptr<pg_conn, Finish> m_connection;
  std::unordered_set<std::string_view> m_prepared;
  std::vector<Sent> m_sent;
  std::string m_warning;
};

}  // namespace payhook::postgresql
