#include "store/sqlite/upkeep.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <system_error>

namespace payhook {

namespace {

// Three short runs, of 19 steps each: how much is to be done at first must not keep a program for
// long that serves one request.
constexpr int k_most_steps_at_an_end = 64;

constexpr std::uintmax_t k_wal_bytes_at_an_end = std::uintmax_t{Writer::k_pages_of_others} * 4096;

// One who stands in leaves the checkpoints to the keeper as long as that one works.
int pages_between_checkpoints(TransactionStore::Keeper keeper) {
  return keeper == TransactionStore::Keeper::ALWAYS ? Writer::k_pages_of_the_keeper
                                                    : Writer::k_pages_of_others;
}

}  // namespace

SqliteUpkeep::Session::Session(SharedState& shared, TransactionStore::Keeper keeper,
                               std::chrono::milliseconds patience)
    : writer(shared, pages_between_checkpoints(keeper), patience),
      indexer(writer, shared.rows_in_an_index_run),
      data_version(writer.connection().prepare("PRAGMA data_version")) {}

SqliteUpkeep::SqliteUpkeep(SharedState& shared, TransactionStore::Keeper keeper)
    : m_shared(shared),
      m_keeper(keeper),
      m_session(shared.last_opening, [&shared, keeper](auto patience) {
        return std::make_unique<Session>(shared, keeper, patience);
      }) {}

bool SqliteUpkeep::step(Deadline deadline) {
  m_shared.checkpoints.rethrow_failure();
  if (m_shared.lifetime == Lifetime::ONE_REQUEST) {
    do_a_share(deadline);
    return false;
  }
  return m_keeper == TransactionStore::Keeper::ALWAYS ? keep(deadline) : stand_in(deadline);
}

bool SqliteUpkeep::keep(Deadline deadline) {
  m_indexing = session(deadline).indexer.step(deadline);
  if (m_indexing) {
    m_checkpointed = false;
  } else {
    checkpoint_when_idle(deadline);
  }
  return m_indexing;
}

bool SqliteUpkeep::stand_in(Deadline deadline) {
  if (m_indexing || has_fallen_behind()) {
    m_indexing = session(deadline).indexer.step(deadline);
  }
  return m_indexing;
}

/// The next process would begin a run anew, so whole ones are done here.
void SqliteUpkeep::do_a_share(Deadline deadline) {
  try {
    const int steps = has_fallen_behind() ? k_most_steps_at_an_end : 0;
    for (int i = 0; i < steps && session(deadline).indexer.step(deadline); ++i) {
    }
    std::error_code none;
    const auto wal_bytes = std::filesystem::file_size(m_shared.database.string() + "-wal", none);
    if (!none && wal_bytes >= k_wal_bytes_at_an_end) {
      const auto turn = session(deadline).writer.take_turn(deadline);
      // That all was checkpointed is forgotten when the last session closes, so it is emptied now.
      session(deadline).writer.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  } catch (const StoreTimeout&) {
    return;  // others are busy; the next process will do it
  }
}

/// The responder knows how many rows the index lacks, since it remembers their ids.
bool SqliteUpkeep::has_fallen_behind() const {
  return m_shared.recent.size() > 2 * static_cast<std::size_t>(m_shared.rows_in_an_index_run);
}

/// That is, when nobody has committed anything since a step that was a while ago.
void SqliteUpkeep::checkpoint_when_idle(Deadline deadline) {
  SqliteStatement& data_version = session(deadline).data_version;
  data_version.step();
  const std::int64_t version = data_version.number(0);
  data_version.reset();
  const auto now = std::chrono::steady_clock::now();
  if (version != m_seen_version) {
    m_seen_version = version;
    m_idle_from = now + m_shared.idle_after;
    m_checkpointed = false;
  } else if (!m_checkpointed && now >= m_idle_from) {
    const auto turn = session(deadline).writer.take_turn(deadline);
    try {
      session(deadline).writer.connection().checkpoint();
      m_checkpointed = true;
    } catch (const StoreTimeout&) {
      return;  // another program is at it
    }
  }
}

SqliteUpkeep::Session& SqliteUpkeep::session(Deadline deadline) {
  const auto left = deadline - std::chrono::steady_clock::now();
  return m_session.session(std::chrono::ceil<std::chrono::milliseconds>(left));
}

}  // namespace payhook
