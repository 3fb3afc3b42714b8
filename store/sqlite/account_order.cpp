#include "store/sqlite/account_order.h"

namespace payhook {

namespace {

// A row that waits is due at the end of time, 9223372036854775807.

constexpr auto k_earlier = R"sql(
  SELECT 1
  FROM transactions AS one
  JOIN transactions AS other INDEXED BY transactions_in_order
    ON other.source = one.source AND other.source_account = one.source_account
       AND other.id < one.id
  WHERE one.id = ?1 AND other.status = 'PROCESSING'
    AND (other.attempts > 0 OR other.due_at = 9223372036854775807)
  LIMIT 1
)sql";

constexpr auto k_put_off = R"sql(
  UPDATE transactions SET due_at = 9223372036854775807
  WHERE id = ?1 AND status = 'PROCESSING'
)sql";

constexpr auto k_free_next = R"sql(
  UPDATE transactions SET due_at = ?2
  WHERE due_at = 9223372036854775807 AND status = 'PROCESSING' AND id = (
    SELECT other.id
    FROM transactions AS one
    JOIN transactions AS other INDEXED BY transactions_in_order
      ON other.source = one.source AND other.source_account = one.source_account
    WHERE one.id = ?1 AND other.status = 'PROCESSING'
      AND (other.attempts > 0 OR other.due_at = 9223372036854775807)
    ORDER BY other.id LIMIT 1)
)sql";

constexpr auto k_free_some = R"sql(
  UPDATE transactions SET due_at = ?2
  WHERE status = 'PROCESSING' AND id IN (
    SELECT id FROM transactions
    WHERE status = 'PROCESSING' AND source = ?1 AND due_at = 9223372036854775807
    ORDER BY id LIMIT ?3)
)sql";

}  // namespace

AccountOrder::AccountOrder(SqliteConnection& connection)
    : m_connection(connection),
      m_earlier(connection.prepare(k_earlier)),
      m_put_off(connection.prepare(k_put_off)),
      m_free_next(connection.prepare(k_free_next)),
      m_free_some(connection.prepare(k_free_some)) {}

bool AccountOrder::has_one_before(std::int64_t row) {
  m_earlier.bind(1, row);
  const ResetAtEnd reset(m_earlier);
  return m_earlier.step();
}

void AccountOrder::put_off(std::int64_t row) {
  m_put_off.bind(1, row);
  m_put_off.run();
}

void AccountOrder::ended(std::int64_t row, Timestamp now) {
  m_free_next.bind(1, row);
  m_free_next.bind(2, now.time_since_epoch().count());
  m_free_next.run();
}

std::size_t AccountOrder::free_some_of(std::string_view source, Timestamp now, std::size_t limit) {
  m_free_some.bind(1, source);
  m_free_some.bind(2, now.time_since_epoch().count());
  m_free_some.bind(3, static_cast<std::int64_t>(limit));
  m_free_some.run();
  return m_connection.changes();
}

}  // namespace payhook
