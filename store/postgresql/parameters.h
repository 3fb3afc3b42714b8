#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.h"

namespace payhook::postgresql {

/// The end of time, 'infinity' in SQL.
inline constexpr Timestamp k_never = Timestamp::max();

/// PostgreSQL's microseconds since 2000, as it sends and takes timestamptz; and back.
std::int64_t microseconds_of(Timestamp time) noexcept;
Timestamp time_of(std::int64_t microseconds) noexcept;

/// As what PostgreSQL can have it as text: U+FFFD in place of NUL and of what is no UTF-8. For what
/// is to be read by people; what is compared is to be refused rather than changed.
std::string storable(std::string_view text);

/// Whether PostgreSQL can have it as text at all: what cannot be is in no row.
bool is_storable(std::string_view text);

/// One of a statement's array parameters, for unnest or ANY: a row of it for each call of add().
/// The type is that of the first.
class Array {
 public:
  void add(std::string_view text);
  void add(std::int64_t number);
  void add(Timestamp time);
  void add(bool yes);
  void add(const char* text) = delete;  // it would be a bool
  void add_bytes(std::string_view bytes);

  bool is_empty() const noexcept { return m_count == 0; }

  /// In the binary format. One without a row is an array of texts.
  std::string encoded() const;

 private:
  void begin(std::uint32_t type, std::size_t size);

  std::uint32_t m_type = 25;  // text, as pg_type.dat has it
  std::uint32_t m_count = 0;
  std::string m_elements;
};

/// A statement's parameters $1, $2, …, in the binary format. The statement says of which type each
/// is, as in $1::text.
class Parameters {
 public:
  Parameters& add(std::string_view text);
  Parameters& add(const char* text) { return add(std::string_view(text)); }
  Parameters& add(std::int64_t number);
  Parameters& add(Timestamp time);
  Parameters& add(bool yes);
  Parameters& add_bytes(std::string_view bytes);
  Parameters& add(const Array& array);
  Parameters& add_null();

  std::span<const std::optional<std::string>> values() const noexcept { return m_values; }

 private:
  std::vector<std::optional<std::string>> m_values;
};

}  // namespace payhook::postgresql
