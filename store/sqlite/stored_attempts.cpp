#include "store/sqlite/stored_attempts.h"

#include <fmt/format.h>

#include <limits>
#include <string>

namespace payhook {

namespace {

constexpr auto k_attempts = R"sql(
  SELECT number, started_at, ended_at, outcome, reason, output
  FROM attempts WHERE transaction_row = ?1 AND {}
)sql";

constexpr auto k_all = "true ORDER BY number";
constexpr auto k_newest = "number < ?2 ORDER BY number DESC LIMIT ?3";

}  // namespace

StoredAttempts::StoredAttempts(SqliteConnection& connection)
    : m_attempts(connection.prepare(fmt::format(k_attempts, k_all))),
      m_newest(connection.prepare(fmt::format(k_attempts, k_newest))) {}

std::vector<Attempt> StoredAttempts::of(RowId row) {
  m_attempts.bind(1, row);
  return read(m_attempts);
}

std::vector<Attempt> StoredAttempts::newest(RowId row, std::optional<std::int64_t> before,
                                            std::size_t limit) {
  m_newest.bind(1, row);
  m_newest.bind(2, before.value_or(std::numeric_limits<std::int64_t>::max()));
  m_newest.bind(3, static_cast<std::int64_t>(limit));
  return read(m_newest);
}

std::vector<Attempt> StoredAttempts::read(SqliteStatement& statement) {
  std::vector<Attempt> attempts;
  const ResetAtEnd reset(statement);
  while (statement.step()) {
    attempts.push_back(
        {statement.number(0), parse_timestamp(statement.text(1)),
         statement.is_null(2) ? std::nullopt : std::optional(parse_timestamp(statement.text(2))),
         std::string(statement.text(3)), std::string(statement.text(4)),
         std::string(statement.blob(5))});
  }
  return attempts;
}

}  // namespace payhook
