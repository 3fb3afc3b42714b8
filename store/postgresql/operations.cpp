#include "store/postgresql/operations.h"

#include <algorithm>
#include <optional>

#include "store/postgresql/account_order.h"
#include "store/postgresql/recorded_acts.h"

namespace payhook::postgresql {

namespace {

constexpr Statement k_find{"payhook_find_row", R"sql(
  SELECT id FROM transactions WHERE source = $1::text AND transaction_id = $2::text
)sql"};

constexpr Statement k_hold{"payhook_hold", R"sql(
  SELECT status, EXISTS (SELECT FROM attempts
                         WHERE transaction_row = one.id AND ended_at IS NULL)
  FROM transactions AS one WHERE id = ANY ($1::bigint[]) FOR UPDATE OF one
)sql"};

constexpr Statement k_put_back{"payhook_put_back", R"sql(
  UPDATE transactions SET status = 'PROCESSING', processed_at = NULL, due_at = $2::timestamptz
  WHERE id = ANY ($1::bigint[])
)sql"};

constexpr Statement k_forgive{
    "payhook_forgive",
    "UPDATE attempts SET counts = false WHERE transaction_row = ANY ($1::bigint[])"};

constexpr Statement k_failed{"payhook_failed", R"sql(
  SELECT id FROM transactions AS one
  WHERE status = 'FAILED' AND processed_at >= $1::timestamptz AND processed_at < $2::timestamptz
    AND ($3::text = '' OR source = $3::text)
    AND NOT EXISTS (SELECT FROM attempts WHERE transaction_row = one.id AND ended_at IS NULL)
  ORDER BY processed_at LIMIT $4::bigint FOR UPDATE OF one SKIP LOCKED
)sql"};

constexpr Statement k_cancel{"payhook_cancel", R"sql(
  UPDATE transactions
  SET status = 'FAILED', processed_at = $2::timestamptz, due_at = NULL, last_error = $3::text
  WHERE id = ANY ($1::bigint[])
)sql"};

constexpr Statement k_pause{"payhook_pause",
                            "INSERT INTO pause (id) VALUES (1) ON CONFLICT DO NOTHING"};
constexpr Statement k_resume{"payhook_resume", "DELETE FROM pause"};

std::optional<std::int64_t> row_of(ScopedTransaction& transaction, std::string_view source,
                                   std::string_view transaction_id) {
  if (!is_storable(source) || !is_storable(transaction_id)) {
    return std::nullopt;
  }
  const Result found = transaction.run(k_find, Parameters().add(source).add(transaction_id));
  return found.rows() == 0 ? std::nullopt : std::optional(found.number(0, 0));
}

Array array_of(std::int64_t row) {
  Array rows;
  rows.add(row);
  return rows;
}

void put_back_rows(ScopedTransaction& transaction, const Array& rows, const Act& act) {
  transaction.add(k_put_back, Parameters().add(rows).add(act.at));
  transaction.add(k_forgive, Parameters().add(rows));
  put_back(transaction, rows);
}

}  // namespace

OperatorSession::OperatorSession(const std::string& conninfo, Session::Begin begin)
    : m_session(conninfo, begin) {}

ActResult OperatorSession::requeue(std::string_view source, std::string_view transaction_id,
                                   const Act& act, Deadline deadline) {
  return put_back(source, transaction_id, "FAILED", "requeue", act, deadline);
}

ActResult OperatorSession::replay(std::string_view source, std::string_view transaction_id,
                                  const Act& act, Deadline deadline) {
  return put_back(source, transaction_id, "PROCESSED", "replay", act, deadline);
}

/// Not while its handler runs, though it was cancelled: it would run twice at once.
ActResult OperatorSession::put_back(std::string_view source, std::string_view transaction_id,
                                    std::string_view status, std::string_view operation,
                                    const Act& act, Deadline deadline) {
  ScopedTransaction transaction(m_session, deadline);
  const auto row = row_of(transaction, source, transaction_id);
  if (!row) {
    return ActResult::NOT_FOUND;
  }
  const Array rows = array_of(*row);
  const Result held = transaction.run(k_hold, Parameters().add(rows));
  if (held.rows() == 0) {
    return ActResult::NOT_FOUND;
  }
  if (held.yes(0, 1)) {
    return ActResult::RUNNING;
  }
  if (held.text(0, 0) != status) {
    return ActResult::WRONG_STATUS;
  }
  put_back_rows(transaction, rows, act);
  record_act(transaction, operation, *row, act);
  transaction.commit();
  return ActResult::DONE;
}

/// Those that failed first, so that a filter that fits many is gone through in pieces.
std::size_t OperatorSession::requeue_failed(const FailedFilter& filter, std::size_t limit,
                                            const Act& act, Deadline deadline) {
  if (filter.source && !is_storable(*filter.source)) {
    return 0;
  }
  ScopedTransaction transaction(m_session, deadline);
  const Result failed =
      transaction.run(k_failed, Parameters()
                                    .add(filter.since.value_or(Timestamp::min()))
                                    // What fails from now on is not meant: that would have no end.
                                    .add(std::min(filter.before.value_or(act.at), act.at))
                                    .add(filter.source.value_or(""))
                                    .add(static_cast<std::int64_t>(limit)));
  if (failed.rows() == 0) {
    return 0;
  }
  Array rows;
  for (std::size_t row = 0; row < failed.rows(); ++row) {
    rows.add(failed.number(row, 0));
    record_act(transaction, "requeue", failed.number(row, 0), act);
  }
  put_back_rows(transaction, rows, act);
  transaction.commit();
  return failed.rows();
}

/// Accounts before rows, as one who ends an attempt has them.
ActResult OperatorSession::cancel(std::string_view source, std::string_view transaction_id,
                                  const Act& act, Deadline deadline) {
  ScopedTransaction transaction(m_session, deadline);
  const auto row = row_of(transaction, source, transaction_id);
  if (!row) {
    return ActResult::NOT_FOUND;
  }
  const Array rows = array_of(*row);
  lock_accounts(transaction, rows);
  const Result held = transaction.run(k_hold, Parameters().add(rows));
  if (held.rows() == 0) {
    return ActResult::NOT_FOUND;
  }
  if (held.text(0, 0) != "PROCESSING") {
    return ActResult::WRONG_STATUS;
  }
  transaction.add(k_cancel,
                  Parameters().add(rows).add(act.at).add(storable(error_of_cancelled(act.why))));
  note_ended(transaction, rows, act.at);
  record_act(transaction, "cancel", *row, act);
  transaction.commit();
  return ActResult::DONE;
}

bool OperatorSession::pause(const Act& act, Deadline deadline) {
  return switch_pause(k_pause, "pause", act, deadline);
}

bool OperatorSession::resume(const Act& act, Deadline deadline) {
  return switch_pause(k_resume, "resume", act, deadline);
}

bool OperatorSession::switch_pause(const Statement& statement, std::string_view operation,
                                   const Act& act, Deadline deadline) {
  ScopedTransaction transaction(m_session, deadline);
  if (transaction.run(statement).changes() == 0) {
    return false;
  }
  record_act(transaction, operation, std::nullopt, act);
  transaction.commit();
  return true;
}

void OperatorSession::record(WholeStoreAct what, const Act& act, Deadline deadline) {
  ScopedTransaction transaction(m_session, deadline);
  record_act(transaction, what == WholeStoreAct::BACKUP ? "backup" : "restore", std::nullopt, act);
  transaction.commit();
}

}  // namespace payhook::postgresql
