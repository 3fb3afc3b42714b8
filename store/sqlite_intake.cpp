#include "store/sqlite_intake.h"

#include <algorithm>

namespace payhook {

namespace {

// The processor keeps the WAL far smaller than this; more means that it is down.
constexpr int k_wal_pages_at_most = 8192;

// A sender that cannot make up its mind must not fill the disk.
constexpr std::int64_t k_conflicts_per_id = 16;

constexpr auto k_insert = R"sql(
  INSERT INTO transactions (transaction_id, source_account, destination_account, amount, currency,
                            status, created_at, amount_minor, body, source)
  VALUES (?1, ?2, ?3, ?4, ?5, 'PROCESSING', ?6, ?7, ?8, ?9)
  ON CONFLICT (transaction_id) DO NOTHING
)sql";

constexpr auto k_find = R"sql(
  SELECT source_account, destination_account, amount, currency
  FROM transactions WHERE transaction_id = ?1
)sql";

constexpr auto k_record_conflict = R"sql(
  INSERT INTO conflicts (transaction_id, source_account, destination_account, amount, currency,
                         received_at, body, source)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
  WHERE (SELECT count(*) FROM conflicts WHERE transaction_id = ?1) < ?9
  ON CONFLICT DO NOTHING
)sql";

void bind_values(SqliteStatement& statement, const Transaction& transaction) {
  statement.bind(1, transaction.transaction_id());
  statement.bind(2, transaction.source_account());
  statement.bind(3, transaction.destination_account());
  statement.bind(4, transaction.amount().decimal());
  statement.bind(5, transaction.currency());
}

}  // namespace

SqliteIntake::SqliteIntake(const std::filesystem::path& database)
    : m_connection(database, SqliteConnection::Use::WRITING),
      m_insert(m_connection.prepare(k_insert)),
      m_find(m_connection.prepare(k_find)),
      m_record_conflict(m_connection.prepare(k_record_conflict)) {
  // A killed predecessor may have written a commit that it never synced. A duplicate of one of its
  // webhooks will be acknowledged without a write of ours, so it is synced now.
  m_connection.sync_wal();
}

std::vector<IntakeResult> SqliteIntake::store(std::span<const IncomingWebhook> webhooks,
                                              Deadline deadline) {
  const auto turn = m_connection.take_turn(deadline);
  m_connection.require_same_file();
  ScopedTransaction transaction(m_connection);
  std::vector<IntakeResult> results(webhooks.size());
  std::transform(webhooks.begin(), webhooks.end(), results.begin(),
                 [this](const IncomingWebhook& webhook) { return store_one(webhook); });
  transaction.commit();
  return results;
}

void SqliteIntake::maintain(Deadline deadline) {
  if (m_connection.wal_has_grown_by(k_wal_pages_at_most)) {
    const auto turn = m_connection.take_turn(deadline);
    m_connection.checkpoint();
  }
}

IntakeResult SqliteIntake::store_one(const IncomingWebhook& webhook) {
  if (insert(webhook)) {
    return IntakeResult::CREATED;
  }
  if (is_stored_as(webhook.transaction)) {
    return IntakeResult::DUPLICATE;
  }
  record_conflict(webhook);
  return IntakeResult::CONFLICT;
}

bool SqliteIntake::insert(const IncomingWebhook& webhook) {
  const std::string created_at = format_milliseconds(webhook.received_at);
  bind_values(m_insert, webhook.transaction);
  m_insert.bind(6, created_at);
  m_insert.bind(7, webhook.transaction.amount().minor());
  m_insert.bind_blob(8, webhook.body);
  m_insert.bind(9, webhook.source);
  m_insert.run();
  return m_connection.changes() == 1;
}

bool SqliteIntake::is_stored_as(const Transaction& transaction) {
  m_find.bind(1, transaction.transaction_id());
  const ResetAtEnd reset(m_find);
  return m_find.step() && m_find.text(0) == transaction.source_account() &&
         m_find.text(1) == transaction.destination_account() &&
         m_find.text(2) == transaction.amount().decimal() &&
         m_find.text(3) == transaction.currency();
}

void SqliteIntake::record_conflict(const IncomingWebhook& webhook) {
  const std::string received_at = format_milliseconds(webhook.received_at);
  bind_values(m_record_conflict, webhook.transaction);
  m_record_conflict.bind(6, received_at);
  m_record_conflict.bind_blob(7, webhook.body);
  m_record_conflict.bind(8, webhook.source);
  m_record_conflict.bind(9, k_conflicts_per_id);
  m_record_conflict.run();
}

}  // namespace payhook
