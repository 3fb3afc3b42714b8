#include "store/postgresql/result.h"

#include <libpq-fe.h>

#include <charconv>

#include "store/errors.h"
#include "store/postgresql/parameters.h"

namespace payhook::postgresql {

void Result::Clear::operator()(pg_result* result) const noexcept { PQclear(result); }

std::size_t Result::rows() const noexcept {
  return static_cast<std::size_t>(PQntuples(m_result.get()));
}

std::size_t Result::changes() const noexcept {
  const std::string_view text = PQcmdTuples(m_result.get());
  std::size_t changes = 0;
  std::from_chars(text.data(), text.data() + text.size(), changes);
  return changes;
}

std::string_view Result::text(std::size_t row, int column) const {
  const int at = static_cast<int>(row);
  return {PQgetvalue(m_result.get(), at, column),
          static_cast<std::size_t>(PQgetlength(m_result.get(), at, column))};
}

std::int64_t Result::number(std::size_t row, int column) const {
  const std::string_view bytes = text(row, column);
  if (bytes.size() != sizeof(std::int64_t)) {
    throw StoreUnavailable("PostgreSQL: a column is no bigint, as payhook has it");
  }
  std::uint64_t number = 0;
  for (const char byte : bytes) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  return static_cast<std::int64_t>(number);
}

Timestamp Result::time(std::size_t row, int column) const { return time_of(number(row, column)); }

bool Result::yes(std::size_t row, int column) const {
  const std::string_view bytes = text(row, column);
  return !bytes.empty() && bytes[0] != '\0';
}

bool Result::is_null(std::size_t row, int column) const {
  return PQgetisnull(m_result.get(), static_cast<int>(row), column) == 1;
}

std::optional<std::string> Result::optional_string(std::size_t row, int column) const {
  return is_null(row, column) ? std::nullopt : std::optional(string(row, column));
}

std::optional<Timestamp> Result::optional_time(std::size_t row, int column) const {
  return is_null(row, column) ? std::nullopt : std::optional(time(row, column));
}

}  // namespace payhook::postgresql
