#include "store/sqlite/kept_webhooks.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "store/sqlite/statement.h"

namespace payhook {

namespace {

KeptHead head_of(const SqliteStatement& row) {
  return {.id = row.number(0),
          .source = std::string(row.text(1)),
          .why = std::string(row.text(2)),
          .received_at = parse_timestamp(row.text(3)),
          .body_bytes = static_cast<std::size_t>(row.number(4))};
}

std::optional<ConflictingValues> values_of(const SqliteStatement& row, int first) {
  if (row.is_null(first)) {
    return std::nullopt;
  }
  const auto text = [&row, first](int column) { return std::string(row.text(first + column)); };
  return ConflictingValues{text(0), text(1), text(2), text(3), text(4)};
}

}  // namespace

SqliteKeptWebhooks::Table::Table(SqliteConnection& connection, std::string_view table,
                                 std::string_view why, std::string_view values)
    : name(table),
      list(connection.prepare(fmt::format(
          "SELECT id, source, {}, received_at, length(body) FROM {} WHERE id >= ?1 AND id < ?2 "
          "AND (?3 = '' OR source = ?3) AND received_at >= ?4 ORDER BY id DESC LIMIT ?5",
          why, table))),
      before(connection.prepare(fmt::format("SELECT max(id) FROM {} WHERE id < ?1", table))),
      find(connection.prepare(
          fmt::format("SELECT id, source, {}, received_at, length(body), body, headers, "
                      "remote_address, {} FROM {} WHERE id = ?1",
                      why, values, table))),
      drop(connection.prepare(fmt::format("DELETE FROM {} WHERE id = ?1", table))),
      drop_older(connection.prepare(fmt::format(
          "DELETE FROM {0} WHERE id IN (SELECT id FROM "
          "(SELECT id, received_at FROM {0} ORDER BY id LIMIT ?2) WHERE received_at < ?1)",
          table))) {}

SqliteKeptWebhooks::Tables::Tables(SqliteConnection& connection)
    : all{Table(connection, "quarantine", "reason", "NULL"),
          Table(connection, "conflicts", "'other values than those of ' || transaction_id",
                "transaction_id, source_account, destination_account, amount, currency"),
          Table(connection, "events", "type", "NULL")} {}

SqliteKeptWebhooks::SqliteKeptWebhooks(SharedState& shared, std::chrono::milliseconds patience)
    : m_shared(shared),
      m_patience(patience),
      m_writer(shared, Writer::k_pages_of_others, patience),
      m_tables(m_writer.connection()),
      m_acts(m_writer.connection()) {}

KeptPage SqliteKeptWebhooks::list(KeptIn where, const KeptFilter& filter,
                                  std::optional<std::int64_t> before, std::size_t limit) {
  Table& table = m_tables[where];
  const auto newest = id_before(table, before.value_or(std::numeric_limits<std::int64_t>::max()));
  if (!newest) {
    return {};
  }
  const std::int64_t oldest = *newest - k_rows_at_once + 1;
  const std::string since = filter.since ? format_milliseconds(*filter.since) : "";
  table.list.bind(1, oldest);
  table.list.bind(2, *newest + 1);
  table.list.bind(3, filter.source ? std::string_view(*filter.source) : std::string_view());
  table.list.bind(4, since);
  table.list.bind(5, static_cast<std::int64_t>(limit));
  KeptPage page;
  {
    const ResetAtEnd reset(table.list);
    while (table.list.step()) {
      page.heads.push_back(head_of(table.list));
    }
  }
  const bool is_full = page.heads.size() == limit && limit > 0;
  const std::int64_t seen_to = is_full ? page.heads.back().id : oldest;
  if (id_before(table, seen_to)) {
    page.next = seen_to;
  }
  return page;
}

std::optional<std::int64_t> SqliteKeptWebhooks::id_before(Table& table, std::int64_t id) {
  table.before.bind(1, id);
  const ResetAtEnd reset(table.before);
  table.before.step();
  return table.before.is_null(0) ? std::nullopt : std::optional(table.before.number(0));
}

std::optional<KeptWebhook> SqliteKeptWebhooks::find(KeptIn where, std::int64_t id) {
  return find(m_tables[where], id);
}

std::optional<KeptWebhook> SqliteKeptWebhooks::find(Table& table, std::int64_t id) {
  table.find.bind(1, id);
  const ResetAtEnd reset(table.find);
  if (!table.find.step()) {
    return std::nullopt;
  }
  return KeptWebhook{.head = head_of(table.find),
                     .body = std::string(table.find.blob(5)),
                     .headers = std::string(table.find.text(6)),
                     .remote_address = std::string(table.find.text(7)),
                     .values = values_of(table.find, 8)};
}

std::vector<IntakeResult> SqliteKeptWebhooks::store_again(KeptIn where, std::int64_t id,
                                                          std::span<const IncomingWebhook> webhooks,
                                                          const Act& act, Deadline deadline) {
  if (m_again == nullptr) {
    m_again = std::make_unique<Again>(m_shared, m_patience);
  }
  std::vector<IntakeResult> results;
  m_again->intake.write(deadline, [&] {
    Table& table = m_again->tables[where];
    if (!find(table, id)) {
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
    if (std::count(results.begin(), results.end(), IntakeResult::CREATED) > 0) {
      m_again->late.note(act.at);
    }
    m_again->log.record(fmt::format("{} retry {}", table.name, id), std::nullopt, act);
  });
  return results;
}

bool SqliteKeptWebhooks::drop(KeptIn where, std::int64_t id, const Act& act, Deadline deadline) {
  Table& table = m_tables[where];
  auto turn = m_writer.take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  table.drop.bind(1, id);
  table.drop.run();
  if (m_writer.connection().changes() == 0) {
    return false;
  }
  m_acts.record(fmt::format("{} drop {}", table.name, id), std::nullopt, act);
  transaction.commit();
  return true;
}

/// Their ids are in the order of their arrival, so that the oldest are the first; a clock that was
/// set back keeps some for longer.
std::size_t SqliteKeptWebhooks::drop_older(KeptIn where, Timestamp before, std::size_t limit,
                                           Deadline deadline) {
  SqliteStatement& drop = m_tables[where].drop_older;
  const std::string time = format_milliseconds(before);
  const ResetAtEnd reset(drop);
  drop.bind(1, time);
  drop.bind(2, static_cast<std::int64_t>(limit));
  auto turn = m_writer.take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  drop.run();
  const std::size_t changes = m_writer.connection().changes();
  transaction.commit();
  return changes;
}

}  // namespace payhook
