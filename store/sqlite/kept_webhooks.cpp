#include "store/sqlite/kept_webhooks.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/sqlite/statement.h"

namespace payhook {

namespace {

KeptWebhook row_of(const SqliteStatement& statement) {
  return {.id = statement.number(0),
          .source = std::string(statement.text(1)),
          .why = std::string(statement.text(2)),
          .body = std::string(statement.blob(3)),
          .headers = std::string(statement.text(4)),
          .remote_address = std::string(statement.text(5)),
          .received_at = parse_timestamp(statement.text(6))};
}

/// Whether a webhook that was kept there has found another place.
bool has_left(KeptIn where, IntakeResult result) {
  switch (result) {
    case IntakeResult::CREATED:
    case IntakeResult::DUPLICATE:
      return true;
    case IntakeResult::CONFLICT:
      return where != KeptIn::CONFLICTS;
    case IntakeResult::EVENT_KEPT:
      return where != KeptIn::EVENTS;
    case IntakeResult::QUARANTINED:
      return where != KeptIn::QUARANTINE;
    case IntakeResult::CONFLICT_NOT_KEPT:
    case IntakeResult::NO_ROOM:
    case IntakeResult::REFUSED:
      break;
  }
  return false;
}

}  // namespace

SqliteKeptWebhooks::Table::Table(SqliteConnection& connection, std::string_view name,
                                 std::string_view why)
    : list(connection.prepare(
          fmt::format("SELECT id, source, {}, body, headers, remote_address, received_at FROM {} "
                      "WHERE id > ?1 ORDER BY id LIMIT ?2",
                      why, name))),
      drop(connection.prepare(fmt::format("DELETE FROM {} WHERE id = ?1", name))),
      drop_older(connection.prepare(fmt::format(
          "DELETE FROM {0} WHERE id IN (SELECT id FROM "
          "(SELECT id, received_at FROM {0} ORDER BY id LIMIT ?2) WHERE received_at < ?1)",
          name))) {}

SqliteKeptWebhooks::Tables::Tables(SqliteConnection& connection)
    : all{Table(connection, "quarantine", "reason"),
          Table(connection, "conflicts", "'other values than those of ' || transaction_id"),
          Table(connection, "events", "type")} {}

SqliteKeptWebhooks::SqliteKeptWebhooks(SharedState& shared, std::chrono::milliseconds patience)
    : m_shared(shared),
      m_patience(patience),
      m_writer(shared, Writer::k_pages_of_others, patience),
      m_tables(m_writer.connection()) {}

std::vector<KeptWebhook> SqliteKeptWebhooks::rows(Table& table, std::int64_t after,
                                                  std::size_t limit) {
  table.list.bind(1, after);
  table.list.bind(2, static_cast<std::int64_t>(limit));
  const ResetAtEnd reset(table.list);
  std::vector<KeptWebhook> rows;
  while (table.list.step()) {
    rows.push_back(row_of(table.list));
  }
  return rows;
}

std::vector<KeptWebhook> SqliteKeptWebhooks::list(KeptIn where, std::int64_t after,
                                                  std::size_t limit) {
  return rows(m_tables[where], after, limit);
}

std::optional<KeptWebhook> SqliteKeptWebhooks::find(KeptIn where, std::int64_t id) {
  const auto found = rows(m_tables[where], id - 1, 1);
  return found.empty() || found.front().id != id ? std::nullopt : std::optional(found.front());
}

std::vector<IntakeResult> SqliteKeptWebhooks::store_again(KeptIn where, std::int64_t id,
                                                          std::span<const IncomingWebhook> webhooks,
                                                          Deadline deadline) {
  if (m_again == nullptr) {
    m_again = std::make_unique<Again>(m_shared, m_patience);
  }
  std::vector<IntakeResult> results;
  m_again->intake.write(deadline, [&] {
    Table& table = m_again->tables[where];
    const auto kept = rows(table, id - 1, 1);
    if (kept.empty() || kept.front().id != id) {
      return;
    }
    for (const IncomingWebhook& webhook : webhooks) {
      results.push_back(m_again->intake.store_in_transaction(webhook));
    }
    if (!results.empty() &&
        std::all_of(results.begin(), results.end(),
                    [where](IntakeResult result) { return has_left(where, result); })) {
      table.drop.bind(1, id);
      table.drop.run();
    }
  });
  return results;
}

bool SqliteKeptWebhooks::drop(KeptIn where, std::int64_t id, Deadline deadline) {
  SqliteStatement& drop = m_tables[where].drop;
  drop.bind(1, id);
  return run(drop, deadline) > 0;
}

/// Their ids are in the order of their arrival, so that the oldest are the first; a clock that was
/// set back keeps some for longer.
std::size_t SqliteKeptWebhooks::drop_older(KeptIn where, Timestamp before, std::size_t limit,
                                           Deadline deadline) {
  SqliteStatement& drop = m_tables[where].drop_older;
  const std::string time = format_milliseconds(before);
  drop.bind(1, time);
  drop.bind(2, static_cast<std::int64_t>(limit));
  return run(drop, deadline);
}

/// Returns how many rows it has changed.
std::size_t SqliteKeptWebhooks::run(SqliteStatement& statement, Deadline deadline) {
  const ResetAtEnd reset(statement);
  auto turn = m_writer.take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  statement.run();
  const std::size_t changes = m_writer.connection().changes();
  transaction.commit();
  return changes;
}

}  // namespace payhook
