#include "store/sqlite/account_order.h"

#include <vector>

namespace payhook {

namespace {

// A row that waits is due at the end of time, 9223372036854775807.

constexpr auto k_add = "INSERT INTO account_order VALUES (?1, ?2, 0, ?3)";

// One that is over may still stand there, where it was ended by somebody who knows of no order.
constexpr auto k_earlier = R"sql(
  SELECT 1
  FROM transactions AS one
  CROSS JOIN account_order AS earlier
    ON earlier.source = one.source AND earlier.source_account = one.source_account
       AND earlier.is_over = 0 AND earlier.transaction_row < one.id
  CROSS JOIN transactions AS other ON other.id = earlier.transaction_row
  WHERE one.id = ?1 AND other.status = 'PROCESSING'
  LIMIT 1
)sql";

constexpr auto k_place = R"sql(
  SELECT 1
  FROM transactions AS one
  CROSS JOIN account_order AS place
    ON place.source = one.source AND place.source_account = one.source_account
       AND place.is_over = 0 AND place.transaction_row = one.id
  WHERE one.id = ?1
)sql";

constexpr auto k_running = R"sql(
  SELECT 1
  FROM attempts INDEXED BY attempts_open
  CROSS JOIN transactions AS other ON other.id = attempts.transaction_row
  CROSS JOIN transactions AS one ON one.id = ?1
  WHERE attempts.ended_at IS NULL AND other.id <> one.id AND other.source = one.source
    AND other.source_account = one.source_account
  LIMIT 1
)sql";

constexpr auto k_put_off = R"sql(
  UPDATE transactions SET due_at = 9223372036854775807
  WHERE id = ?1 AND status = 'PROCESSING'
)sql";

constexpr auto k_set_over = R"sql(
  UPDATE account_order SET is_over = ?2
  WHERE (source, source_account) = (SELECT source, source_account FROM transactions WHERE id = ?1)
    AND is_over = 1 - ?2 AND transaction_row = ?1
)sql";

constexpr auto k_free_next = R"sql(
  UPDATE transactions SET due_at = ?2
  WHERE due_at = 9223372036854775807 AND status = 'PROCESSING' AND id = (
    SELECT next.transaction_row
    FROM transactions AS one
    CROSS JOIN account_order AS next
      ON next.source = one.source AND next.source_account = one.source_account AND next.is_over = 0
    CROSS JOIN transactions AS other ON other.id = next.transaction_row
    WHERE one.id = ?1 AND other.status = 'PROCESSING'
    ORDER BY next.transaction_row LIMIT 1)
)sql";

constexpr auto k_remove = R"sql(
  DELETE FROM account_order
  WHERE source = ?1 AND source_account = ?2 AND is_over IN (0, 1) AND transaction_row = ?3
)sql";

constexpr auto k_has_any = "SELECT 1 FROM account_order WHERE source = ?1 LIMIT 1";

constexpr auto k_forget = R"sql(
  DELETE FROM account_order
  WHERE (source, source_account, is_over, transaction_row) IN (
    SELECT source, source_account, is_over, transaction_row FROM account_order
    WHERE source = ?1 LIMIT ?2)
)sql";

constexpr auto k_free_some = R"sql(
  UPDATE transactions SET due_at = ?2
  WHERE status = 'PROCESSING' AND id IN (
    SELECT id FROM transactions
    WHERE status = 'PROCESSING' AND source = ?1 AND due_at = 9223372036854775807
    ORDER BY id LIMIT ?3)
)sql";

constexpr auto k_waiting = R"sql(
  SELECT id FROM transactions
  WHERE status = 'PROCESSING' AND source = ?1 AND due_at = 9223372036854775807 AND id > ?2
  ORDER BY id LIMIT ?3
)sql";

constexpr auto k_free_one = R"sql(
  UPDATE transactions SET due_at = ?2
  WHERE id = ?1 AND status = 'PROCESSING' AND due_at = 9223372036854775807
)sql";

}  // namespace

AccountOrder::AccountOrder(SqliteConnection& connection)
    : m_add(connection.prepare(k_add)),
      m_place(connection.prepare(k_place)),
      m_earlier(connection.prepare(k_earlier)),
      m_running(connection.prepare(k_running)),
      m_put_off(connection.prepare(k_put_off)),
      m_set_over(connection.prepare(k_set_over)),
      m_free_next(connection.prepare(k_free_next)),
      m_remove(connection.prepare(k_remove)),
      m_has_any(connection.prepare(k_has_any)),
      m_forget(connection.prepare(k_forget)),
      m_free_some(connection.prepare(k_free_some)),
      m_waiting(connection.prepare(k_waiting)),
      m_free_one(connection.prepare(k_free_one)) {}

void AccountOrder::add(std::int64_t row, std::string_view source, const Transaction& transaction) {
  m_add.bind(1, source);
  m_add.bind(2, transaction.source_account());
  m_add.bind(3, row);
  m_add.run();
}

bool AccountOrder::has_to_wait(std::int64_t row) {
  const auto is_there = [row](SqliteStatement& statement) {
    statement.bind(1, row);
    const ResetAtEnd reset(statement);
    return statement.step();
  };
  return is_there(m_place) && (is_there(m_earlier) || is_there(m_running));
}

void AccountOrder::put_off(std::int64_t row) {
  m_put_off.bind(1, row);
  m_put_off.run();
}

void AccountOrder::ended(std::int64_t row, Timestamp now) {
  m_set_over.bind(1, row);
  m_set_over.bind(2, std::int64_t{1});
  m_set_over.run();
  free_next(row, now);
}

void AccountOrder::free_next(std::int64_t row, Timestamp now) {
  m_free_next.bind(1, row);
  m_free_next.bind(2, now.time_since_epoch().count());
  m_free_next.run();
}

void AccountOrder::put_back(std::int64_t row) {
  m_set_over.bind(1, row);
  m_set_over.bind(2, std::int64_t{0});
  m_set_over.run();
}

void AccountOrder::remove(std::int64_t row, std::string_view source,
                          std::string_view source_account) {
  m_remove.bind(1, source);
  m_remove.bind(2, source_account);
  m_remove.bind(3, row);
  m_remove.run();
}

void AccountOrder::dissolve(std::string_view source, Timestamp now, std::size_t limit) {
  m_has_any.bind(1, source);
  const ResetAtEnd reset(m_has_any);
  if (!m_has_any.step()) {
    return;
  }
  m_free_some.bind(1, source);
  m_free_some.bind(2, now.time_since_epoch().count());
  m_free_some.bind(3, static_cast<std::int64_t>(limit));
  m_free_some.run();
  m_forget.bind(1, source);
  m_forget.bind(2, static_cast<std::int64_t>(limit));
  m_forget.run();
}

std::int64_t AccountOrder::free_forgotten(std::string_view source, std::int64_t after,
                                          Timestamp now, std::size_t limit) {
  std::vector<std::int64_t> rows;
  {
    m_waiting.bind(1, source);
    m_waiting.bind(2, after);
    m_waiting.bind(3, static_cast<std::int64_t>(limit));
    const ResetAtEnd reset(m_waiting);
    while (m_waiting.step()) {
      rows.push_back(m_waiting.number(0));
    }
  }
  for (const std::int64_t row : rows) {
    if (!has_to_wait(row)) {
      m_free_one.bind(1, row);
      m_free_one.bind(2, now.time_since_epoch().count());
      m_free_one.run();
    }
  }
  return rows.empty() ? 0 : rows.back();
}

}  // namespace payhook
