#pragma once

#include <chrono>
#include <cstdint>

#include "store/sqlite/id_indexer.h"
#include "store/sqlite/on_demand.h"
#include "store/sqlite/shared_state.h"
#include "store/sqlite/writer.h"
#include "store/transaction_store.h"

namespace payhook {

/// What keeps a SQLite file fast: ids enter their index, and the WAL's pages the database file. Its
/// session is opened once there is something to do.
class SqliteUpkeep final : public Upkeep {
 public:
  /// `shared` is not owned.
  SqliteUpkeep(SharedState& shared, TransactionStore::Keeper keeper);

  bool step(Deadline deadline) override;

 private:
  struct Session {
    Session(SharedState& shared, TransactionStore::Keeper keeper,
            std::chrono::milliseconds patience);

    Writer writer;
    IdIndexer indexer;
    SqliteStatement data_version;
  };

  bool keep(Deadline deadline);
  bool stand_in(Deadline deadline);
  void do_a_share(Deadline deadline);
  bool has_fallen_behind() const;
  void checkpoint_when_idle(Deadline deadline);
  Session& session(Deadline deadline);

  SharedState& m_shared;
  const TransactionStore::Keeper m_keeper;
  OnDemand<Session> m_session;
  bool m_indexing = false;
  std::chrono::steady_clock::time_point m_idle_from{};
  std::int64_t m_seen_version = -1;
  bool m_checkpointed = false;
};

}  // namespace payhook
