#include "store/sqlite/stored_attempts.h"

#include <optional>
#include <string>

namespace payhook {

namespace {

constexpr auto k_attempts = R"sql(
  SELECT number, started_at, ended_at, outcome, reason, output
  FROM attempts WHERE transaction_row = ?1 ORDER BY number
)sql";

}  // namespace

StoredAttempts::StoredAttempts(SqliteConnection& connection)
    : m_attempts(connection.prepare(k_attempts)) {}

std::vector<Attempt> StoredAttempts::of(RowId row) {
  std::vector<Attempt> attempts;
  m_attempts.bind(1, row);
  const ResetAtEnd reset(m_attempts);
  while (m_attempts.step()) {
    attempts.push_back(
        {m_attempts.number(0), parse_timestamp(m_attempts.text(1)),
         m_attempts.is_null(2) ? std::nullopt : std::optional(parse_timestamp(m_attempts.text(2))),
         std::string(m_attempts.text(3)), std::string(m_attempts.text(4)),
         std::string(m_attempts.blob(5))});
  }
  return attempts;
}

}  // namespace payhook
