#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/timestamp.h"

struct pg_result;

namespace payhook::postgresql {

/// What a statement has returned. Rows and columns count from 0; a column is read as what it is:
/// text as text or bytea, bigint, timestamptz, boolean. What it returns lives as long as it does.
class Result {
 public:
  Result() = default;
  explicit Result(pg_result* result) : m_result(result) {}

  std::size_t rows() const noexcept;

  /// How many rows the statement has changed.
  std::size_t changes() const noexcept;

  std::string_view text(std::size_t row, int column) const;
  std::int64_t number(std::size_t row, int column) const;
  Timestamp time(std::size_t row, int column) const;
  bool yes(std::size_t row, int column) const;
  bool is_null(std::size_t row, int column) const;

  std::string string(std::size_t row, int column) const { return std::string(text(row, column)); }
  std::optional<std::string> optional_string(std::size_t row, int column) const;
  std::optional<Timestamp> optional_time(std::size_t row, int column) const;

 private:
  struct Clear {
    void operator()(pg_result* result) const noexcept;
  };

  std::unique_ptr<pg_result, Clear> m_result;
};

}  // namespace payhook::postgresql
