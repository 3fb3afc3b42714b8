#include "store/postgresql/kept_webhooks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "store/postgresql/incoming_batch.h"
#include "store/postgresql/recorded_acts.h"

namespace payhook::postgresql {

namespace {

/// A statement that each of the tables has.
class TableStatement {
 public:
  TableStatement(const char* name, std::string_view table, std::string sql)
      : m_name(fmt::format("payhook_{}_{}", name, table)), m_sql(std::move(sql)) {}

  operator Statement() const { return {m_name.c_str(), m_sql.c_str()}; }

 private:
  std::string m_name;
  std::string m_sql;
};

/// What is asked of one of the tables.
struct Table {
  Table(const char* table, std::string_view why, std::string_view values)
      : name(table),
        list("list", table,
             fmt::format("SELECT id, source, {}, received_at, length(body)::bigint FROM {} "
                         "WHERE id >= $1::bigint AND id < $2::bigint "
                         "AND ($3::text = '' OR source = $3::text) "
                         "AND received_at >= $4::timestamptz ORDER BY id DESC LIMIT $5::bigint",
                         why, table)),
        before("before", table, fmt::format("SELECT max(id) FROM {} WHERE id < $1::bigint", table)),
        find("find", table,
             fmt::format("SELECT id, source, {}, received_at, length(body)::bigint, body, headers, "
                         "remote_address, {} FROM {} WHERE id = $1::bigint",
                         why, values, table)),
        hold("hold", table, fmt::format("SELECT FROM {} WHERE id = $1::bigint FOR UPDATE", table)),
        drop("drop", table, fmt::format("DELETE FROM {} WHERE id = $1::bigint", table)),
        drop_older("drop_older", table,
                   fmt::format("DELETE FROM {0} WHERE id IN (SELECT id FROM "
                               "(SELECT id, received_at FROM {0} ORDER BY id LIMIT $2::bigint) "
                               "AS oldest WHERE received_at < $1::timestamptz)",
                               table)) {}

  const char* name;
  TableStatement list;
  TableStatement before;
  TableStatement find;
  TableStatement hold;
  TableStatement drop;
  TableStatement drop_older;
};

const Table& table_of(KeptIn where) {
  static const std::array<Table, 3> tables{
      Table("quarantine", "reason", "NULL::text"),
      Table("conflicts", "'other values than those of ' || transaction_id",
            "transaction_id, source_account, destination_account, amount::text, currency"),
      Table("events", "type", "NULL::text")};
  return tables.at(static_cast<std::size_t>(where));
}

KeptHead head_of(const Result& result, std::size_t row) {
  return {.id = result.number(row, 0),
          .source = result.string(row, 1),
          .why = result.string(row, 2),
          .received_at = result.time(row, 3),
          .body_bytes = static_cast<std::size_t>(result.number(row, 4))};
}

std::optional<ConflictingValues> values_of(const Result& result, int first) {
  if (result.is_null(0, first)) {
    return std::nullopt;
  }
  const auto text = [&result, first](int column) { return result.string(0, first + column); };
  return ConflictingValues{text(0), text(1), text(2), text(3), text(4)};
}

}  // namespace

Kept::Kept(const std::string& conninfo, Session::Begin begin) : m_session(conninfo, begin) {}

KeptPage Kept::list(KeptIn where, const KeptFilter& filter, std::optional<std::int64_t> before,
                    std::size_t limit) {
  const auto newest = id_before(where, before.value_or(std::numeric_limits<std::int64_t>::max()));
  if (!newest || (filter.source && !is_storable(*filter.source))) {
    return {};
  }
  const std::int64_t oldest = *newest - k_rows_at_once + 1;
  const Result rows =
      m_session.read(table_of(where).list, Parameters()
                                               .add(oldest)
                                               .add(*newest + 1)
                                               .add(filter.source.value_or(""))
                                               .add(filter.since.value_or(Timestamp::min()))
                                               .add(static_cast<std::int64_t>(limit)));
  KeptPage page;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    page.heads.push_back(head_of(rows, row));
  }
  const bool is_full = page.heads.size() == limit && limit > 0;
  const std::int64_t seen_to = is_full ? page.heads.back().id : oldest;
  if (id_before(where, seen_to)) {
    page.next = seen_to;
  }
  return page;
}

std::optional<std::int64_t> Kept::id_before(KeptIn where, std::int64_t id) {
  const Result found = m_session.read(table_of(where).before, Parameters().add(id));
  return found.is_null(0, 0) ? std::nullopt : std::optional(found.number(0, 0));
}

std::optional<KeptWebhook> Kept::find(KeptIn where, std::int64_t id) {
  const Result found = m_session.read(table_of(where).find, Parameters().add(id));
  if (found.rows() == 0) {
    return std::nullopt;
  }
  return KeptWebhook{.head = head_of(found, 0),
                     .body = found.string(0, 5),
                     .headers = found.string(0, 6),
                     .remote_address = found.string(0, 7),
                     .values = values_of(found, 8)};
}

std::vector<IntakeResult> Kept::store_again(KeptIn where, std::int64_t id,
                                            std::span<const IncomingWebhook> webhooks,
                                            const Act& act, Deadline deadline) {
  const Table& table = table_of(where);
  ScopedTransaction transaction(m_session, deadline);
  if (transaction.run(table.hold, Parameters().add(id)).rows() == 0) {
    return {};
  }
  std::vector<IntakeResult> results = IncomingBatch(transaction, webhooks).store();
  if (!results.empty() && std::all_of(results.begin(), results.end(), [where](IntakeResult result) {
        return has_left(where, result);
      })) {
    transaction.add(table.drop, Parameters().add(id));
  }
  record_act(transaction, fmt::format("{} retry {}", table.name, id), std::nullopt, act);
  transaction.commit();
  return results;
}

bool Kept::drop(KeptIn where, std::int64_t id, const Act& act, Deadline deadline) {
  const Table& table = table_of(where);
  ScopedTransaction transaction(m_session, deadline);
  if (transaction.run(table.drop, Parameters().add(id)).changes() == 0) {
    return false;
  }
  record_act(transaction, fmt::format("{} drop {}", table.name, id), std::nullopt, act);
  transaction.commit();
  return true;
}

/// Their ids are in the order of their arrival, so that the oldest are the first; a clock that was
/// set back keeps some for longer.
std::size_t Kept::drop_older(KeptIn where, Timestamp before, std::size_t limit, Deadline deadline) {
  ScopedTransaction transaction(m_session, deadline);
  const std::size_t dropped =
      transaction
          .run(table_of(where).drop_older,
               Parameters().add(before).add(static_cast<std::int64_t>(limit)))
          .changes();
  transaction.commit();
  return dropped;
}

}  // namespace payhook::postgresql
