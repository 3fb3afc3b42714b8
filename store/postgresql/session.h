#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "store/deadline.h"
#include "store/postgresql/connection.h"

namespace payhook::postgresql {

/// A connection to payhook's tables, with every setting that its durability rests on, and again
/// where it was lost: not at once, where that has just failed. For one thread at a time.
class Session {
 public:
  /// How long what has no deadline of its own waits for an answer.
  static constexpr std::chrono::milliseconds k_patience{3000};

  enum class Begin {
    NOW,       ///< connects; that the server is away is told by the first use
    ON_DEMAND  ///< connects at the first use
  };

  /// What a service is seen to do by others for as long as it has a session, as is_present() has it
  /// in the schema.
  enum class Presence : std::uint8_t { NONE = 0, RECEIVING = 2, PROCESSING = 3 };

  /// Throws ProgramError when the database cannot be used until an operator has seen to it.
  Session(const std::string& conninfo, Begin begin, Presence presence = Presence::NONE);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Has a connection, which is ready for use. Throws StoreUnavailable.
  Connection& connection(Deadline deadline);

  /// What a statement returns that only reads. Throws StoreUnavailable or StoreBroken.
  Result read(const Statement& statement, const Parameters& parameters = {});

  /// How many connections it has had: what belongs to one is gone where this has changed.
  int connections() const noexcept { return m_connections; }

 private:
  friend class ScopedTransaction;

  void open(Deadline deadline);

  const Presence m_presence;
  Connection m_connection;
  int m_connections = 0;
  std::chrono::milliseconds m_pause{0};
  Deadline m_not_before;
  std::string m_why;
};

/// Makes sure that a database has payhook's tables; nothing else ever creates them. Throws
/// ProgramError and StoreUnavailable.
void create_tables(const std::string& conninfo);

/// SQL's transaction: rolled back unless committed. For one thread at a time.
class ScopedTransaction {
 public:
  /// No statement of it runs past the deadline. Throws StoreUnavailable where there is no
  /// connection.
  ScopedTransaction(Session& session, Deadline deadline);
  ~ScopedTransaction();
  ScopedTransaction(const ScopedTransaction&) = delete;
  ScopedTransaction& operator=(const ScopedTransaction&) = delete;

  /// Has a statement wait for the next run() or commit().
  void add(const Statement& statement, const Parameters& parameters = {});

  /// Does what waits, in one round trip. Returns the results in their order. Throws as
  /// Connection::run() does.
  std::vector<Result> run();

  /// Does what waits, and this, of which it returns the result.
  Result run(const Statement& statement, const Parameters& parameters = {});

  /// Does what waits, and returns once all of the transaction is where synchronous_commit wants it
  /// to be. Throws as run() does, when nothing of it is done; and StoreOutcomeUnknown.
  void commit();

 private:
  Session& m_session;
  const Deadline m_deadline;
  std::size_t m_own = 0;  // statements of its own among those that wait
  bool m_is_open = true;
};

}  // namespace payhook::postgresql
