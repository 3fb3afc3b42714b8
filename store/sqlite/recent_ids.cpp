#include "store/sqlite/recent_ids.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace payhook {

namespace {

constexpr std::size_t k_fewest_slots = 1024;

std::uint32_t half(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }

}  // namespace

RecentIds::RecentIds() : m_slots(k_fewest_slots) {}

RecentIds::Place RecentIds::last() const {
  const std::lock_guard lock(m_mutex);
  return m_last;
}

std::size_t RecentIds::size() const {
  const std::lock_guard lock(m_mutex);
  return m_used;
}

bool RecentIds::add(Place previous, std::uint64_t hash, RowId row) {
  const std::lock_guard lock(m_mutex);
  if (previous.beginning != m_last.beginning) {
    return false;
  }
  if (previous.row != m_last.row) {
    return row <= m_last.row;
  }
  if (row - m_forgotten_until > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error(
        "a row in the table transactions has a key that payhook did not give it");
  }
  if ((m_used + 1) * 4 > m_slots.size() * 3) {
    rebuild(m_slots.size() * 2, m_forgotten_until);
  }
  place(half(hash), row);
  m_last.row = row;
  return true;
}

std::vector<RowId> RecentIds::find(std::uint64_t hash) const {
  const std::lock_guard lock(m_mutex);
  std::vector<RowId> rows;
  const std::size_t mask = m_slots.size() - 1;
  for (std::size_t i = half(hash) & mask; m_slots[i].row != 0; i = (i + 1) & mask) {
    if (m_slots[i].hash == half(hash)) {
      rows.push_back(m_forgotten_until + m_slots[i].row);
    }
  }
  return rows;
}

void RecentIds::forget_until(RowId row, Place seen) {
  const std::lock_guard lock(m_mutex);
  if (seen.beginning == m_last.beginning && row > m_forgotten_until) {
    rebuild(m_slots.size(), row);
    m_last.row = std::max(m_last.row, row);
  }
}

RecentIds::Place RecentIds::begin_anew(RowId row) {
  const std::lock_guard lock(m_mutex);
  m_slots.assign(k_fewest_slots, {});
  m_used = 0;
  m_forgotten_until = row;
  m_last = {row, m_last.beginning + 1};
  return m_last;
}

void RecentIds::place(std::uint32_t hash, RowId row) {
  const std::size_t mask = m_slots.size() - 1;
  std::size_t i = hash & mask;
  while (m_slots[i].row != 0) {
    i = (i + 1) & mask;
  }
  m_slots[i] = {hash, static_cast<std::uint32_t>(row - m_forgotten_until)};
  ++m_used;
}

/// Keeps the rows after `after`.
void RecentIds::rebuild(std::size_t slots, RowId after) {
  const std::vector<Slot> old = std::exchange(m_slots, std::vector<Slot>(slots));
  const RowId counted_from = std::exchange(m_forgotten_until, after);
  m_used = 0;
  for (const Slot& slot : old) {
    const RowId row = counted_from + slot.row;
    if (slot.row != 0 && row > after) {
      place(slot.hash, row);
    }
  }
}

}  // namespace payhook
