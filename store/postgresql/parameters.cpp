#include "store/postgresql/parameters.h"

#include <algorithm>
#include <limits>

#include "json/grammar.h"

namespace payhook::postgresql {

namespace {

// pg_type.dat has these numbers; they never change.
constexpr std::uint32_t k_bool = 16;
constexpr std::uint32_t k_bytea = 17;
constexpr std::uint32_t k_int8 = 20;
constexpr std::uint32_t k_text = 25;
constexpr std::uint32_t k_timestamptz = 1184;

constexpr std::int64_t k_infinity = std::numeric_limits<std::int64_t>::max();
constexpr Timestamp k_epoch{std::chrono::sys_days{std::chrono::January / 1 / 2000}};

template <typename Number>
void append(std::string& bytes, Number number) {
  for (int shift = 8 * (static_cast<int>(sizeof number) - 1); shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(static_cast<std::uint64_t>(number) >> shift & 0xff));
  }
}

std::string encoded(std::int64_t number) {
  std::string bytes;
  append(bytes, number);
  return bytes;
}

}  // namespace

std::int64_t microseconds_of(Timestamp time) noexcept {
  constexpr Timestamp k_first = k_epoch - std::chrono::days{700'000};
  constexpr Timestamp k_last = k_epoch + std::chrono::days{70'000'000};
  return time > k_last ? k_infinity
                       : std::chrono::microseconds(std::max(time, k_first) - k_epoch).count();
}

Timestamp time_of(std::int64_t microseconds) noexcept {
  return microseconds == k_infinity ? k_never
                                    : k_epoch + std::chrono::floor<std::chrono::milliseconds>(
                                                    std::chrono::microseconds{microseconds});
}

std::string storable(std::string_view text) {
  std::string made = made_utf8(std::string(text));
  for (std::size_t at = 0; (at = made.find('\0', at)) != std::string::npos;) {
    made.replace(at, 1, "\xef\xbf\xbd");
  }
  return made;
}

bool is_storable(std::string_view text) {
  return text.find('\0') == std::string_view::npos && is_utf8(std::string(text));
}

void Array::begin(std::uint32_t type, std::size_t size) {
  m_type = type;
  ++m_count;
  append(m_elements, static_cast<std::uint32_t>(size));
}

void Array::add(std::string_view text) {
  begin(k_text, text.size());
  m_elements += text;
}

void Array::add(std::int64_t number) {
  begin(k_int8, sizeof number);
  append(m_elements, number);
}

void Array::add(Timestamp time) {
  begin(k_timestamptz, sizeof(std::int64_t));
  append(m_elements, microseconds_of(time));
}

void Array::add(bool yes) {
  begin(k_bool, 1);
  m_elements.push_back(yes ? '\1' : '\0');
}

void Array::add_bytes(std::string_view bytes) {
  begin(k_bytea, bytes.size());
  m_elements += bytes;
}

/// Dimensions, whether there are NULLs, the type, and of each dimension its length and first index.
std::string Array::encoded() const {
  std::string bytes;
  append(bytes, std::uint32_t{1});
  append(bytes, std::uint32_t{0});
  append(bytes, m_type);
  append(bytes, m_count);
  append(bytes, std::uint32_t{1});
  return bytes + m_elements;
}

Parameters& Parameters::add(std::string_view text) {
  m_values.emplace_back(text);
  return *this;
}

Parameters& Parameters::add(std::int64_t number) {
  m_values.emplace_back(encoded(number));
  return *this;
}

Parameters& Parameters::add(Timestamp time) { return add(microseconds_of(time)); }

Parameters& Parameters::add(bool yes) {
  m_values.emplace_back(std::string(1, yes ? '\1' : '\0'));
  return *this;
}

Parameters& Parameters::add_bytes(std::string_view bytes) { return add(bytes); }

Parameters& Parameters::add(const Array& array) {
  m_values.emplace_back(array.encoded());
  return *this;
}

Parameters& Parameters::add_null() {
  m_values.emplace_back(std::nullopt);
  return *this;
}

}  // namespace payhook::postgresql
