#include "store/sqlite/operations.h"

#include <algorithm>
#include <string>

#include "store/sqlite/find_by_id.h"

namespace payhook {

namespace {

constexpr auto k_find =
    "SELECT id FROM transactions WHERE id = ?1 AND source = ?2 AND transaction_id = ?3";

constexpr auto k_put_back = R"sql(
  UPDATE transactions SET status = 'PROCESSING', processed_at = NULL, due_at = ?3
  WHERE id = ?1 AND status = ?2
)sql";

constexpr auto k_running = "SELECT 1 FROM attempts WHERE transaction_row = ?1 AND ended_at IS NULL";

constexpr auto k_forgive = "UPDATE attempts SET counts = 0 WHERE transaction_row = ?1";

constexpr auto k_failed = R"sql(
  SELECT id FROM transactions INDEXED BY transactions_failed
  WHERE status = 'FAILED' AND processed_at >= ?1 AND processed_at < ?2
    AND (?3 = '' OR source = ?3)
    AND NOT EXISTS (SELECT 1 FROM attempts WHERE transaction_row = id AND ended_at IS NULL)
  ORDER BY processed_at LIMIT ?4
)sql";

constexpr auto k_cancel = R"sql(
  UPDATE transactions SET status = 'FAILED', processed_at = ?2, due_at = NULL, last_error = ?3
  WHERE id = ?1 AND status = 'PROCESSING'
)sql";

constexpr auto k_pause = "INSERT INTO pause (id) VALUES (1) ON CONFLICT DO NOTHING";
constexpr auto k_resume = "DELETE FROM pause";

constexpr std::string_view name_of(WholeStoreAct what) {
  return what == WholeStoreAct::BACKUP ? "backup" : "restore";
}

}  // namespace

SqliteOperations::SqliteOperations(SharedState& shared, std::chrono::milliseconds patience)
    : m_writer(shared, Writer::k_pages_of_others, patience),
      m_ids(m_writer.connection(), shared.recent),
      m_order(m_writer.connection()),
      m_find(m_writer.connection().prepare(k_find)),
      m_put_back(m_writer.connection().prepare(k_put_back)),
      m_running(m_writer.connection().prepare(k_running)),
      m_forgive(m_writer.connection().prepare(k_forgive)),
      m_failed(m_writer.connection().prepare(k_failed)),
      m_cancel(m_writer.connection().prepare(k_cancel)),
      m_pause(m_writer.connection().prepare(k_pause)),
      m_resume(m_writer.connection().prepare(k_resume)),
      m_acts(m_writer.connection()) {}

std::optional<RowId> SqliteOperations::find(std::string_view source,
                                            std::string_view transaction_id) {
  return find_by_id(m_ids, m_find, source, transaction_id,
                    [this] { return std::optional(m_find.number(0)); });
}

template <typename Change>
ActResult SqliteOperations::change_one(std::string_view source, std::string_view transaction_id,
                                       Deadline deadline, const Change& change) {
  const auto row = find(source, transaction_id);
  if (!row) {
    return ActResult::NOT_FOUND;
  }
  auto turn = m_writer.take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  const ActResult result = change(*row);
  if (result == ActResult::DONE) {
    commit(transaction);
  }
  return result;
}

ActResult SqliteOperations::requeue(std::string_view source, std::string_view transaction_id,
                                    const Act& act, Deadline deadline) {
  return change_one(source, transaction_id, deadline,
                    [&](RowId row) { return put_back(row, "FAILED", "requeue", act); });
}

ActResult SqliteOperations::replay(std::string_view source, std::string_view transaction_id,
                                   const Act& act, Deadline deadline) {
  return change_one(source, transaction_id, deadline,
                    [&](RowId row) { return put_back(row, "PROCESSED", "replay", act); });
}

ActResult SqliteOperations::cancel(std::string_view source, std::string_view transaction_id,
                                   const Act& act, Deadline deadline) {
  return change_one(source, transaction_id, deadline, [&](RowId row) {
    const std::string at = format_milliseconds(act.at);
    const std::string why = error_of_cancelled(act.why);
    m_cancel.bind(1, row);
    m_cancel.bind(2, at);
    m_cancel.bind(3, why);
    m_cancel.run();
    if (m_writer.connection().changes() == 0) {
      return ActResult::WRONG_STATUS;
    }
    m_order.ended(row, act.at);
    m_acts.record("cancel", row, act);
    return ActResult::DONE;
  });
}

/// Those that failed first, so that a filter that fits many is gone through in pieces.
std::size_t SqliteOperations::requeue_failed(const FailedFilter& filter, std::size_t limit,
                                             const Act& act, Deadline deadline) {
  const std::string since = filter.since ? format_milliseconds(*filter.since) : "";
  // What fails from now on is not meant: that would have no end.
  const std::string before = format_milliseconds(std::min(filter.before.value_or(act.at), act.at));
  auto turn = m_writer.take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  m_failed.bind(1, since);
  m_failed.bind(2, before);
  m_failed.bind(3, filter.source ? std::string_view(*filter.source) : std::string_view());
  m_failed.bind(4, static_cast<std::int64_t>(limit));
  std::vector<RowId> rows;
  {
    const ResetAtEnd reset(m_failed);
    while (m_failed.step()) {
      rows.push_back(m_failed.number(0));
    }
  }
  for (const RowId row : rows) {
    put_back(row, "FAILED", "requeue", act);
  }
  commit(transaction);
  return rows.size();
}

/// Not while its handler runs, though it was cancelled: it would run twice at once.
ActResult SqliteOperations::put_back(RowId row, std::string_view status, std::string_view operation,
                                     const Act& act) {
  m_running.bind(1, row);
  const ResetAtEnd reset(m_running);
  if (m_running.step()) {
    return ActResult::RUNNING;
  }
  m_put_back.bind(1, row);
  m_put_back.bind(2, status);
  m_put_back.bind(3, act.at.time_since_epoch().count());
  m_put_back.run();
  if (m_writer.connection().changes() == 0) {
    return ActResult::WRONG_STATUS;
  }
  m_forgive.bind(1, row);
  m_forgive.run();
  m_order.put_back(row);
  m_acts.record(operation, row, act);
  return ActResult::DONE;
}

bool SqliteOperations::pause(const Act& act, Deadline deadline) {
  return switch_pause(m_pause, "pause", act, deadline);
}

bool SqliteOperations::resume(const Act& act, Deadline deadline) {
  return switch_pause(m_resume, "resume", act, deadline);
}

bool SqliteOperations::switch_pause(SqliteStatement& statement, std::string_view operation,
                                    const Act& act, Deadline deadline) {
  auto turn = m_writer.take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  statement.run();
  if (m_writer.connection().changes() == 0) {
    return false;
  }
  m_acts.record(operation, std::nullopt, act);
  commit(transaction);
  return true;
}

void SqliteOperations::record(WholeStoreAct what, const Act& act, Deadline deadline) {
  auto turn = m_writer.take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  m_acts.record(name_of(what), std::nullopt, act);
  transaction.commit();
}

void SqliteOperations::commit(WriteTransaction& transaction) {
  transaction.commit();
  m_writer.connection().turn_file().tell_watchers();
}

}  // namespace payhook
