#include "store/recent_ids.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace payhook {

namespace {

constexpr std::size_t k_fewest_slots = 1024;
constexpr RowId k_newest = std::numeric_limits<RowId>::max();

}  // namespace

RecentIds::RecentIds() : m_slots(k_fewest_slots) {}

RowId RecentIds::last() const {
  const std::lock_guard lock(m_mutex);
  return m_last;
}

std::size_t RecentIds::size() const {
  const std::lock_guard lock(m_mutex);
  return m_used;
}

void RecentIds::add(std::uint64_t hash, RowId row) {
  const std::lock_guard lock(m_mutex);
  if (row <= m_last) {
    return;
  }
  if ((m_used + 1) * 4 > m_slots.size() * 3) {
    rebuild(m_slots.size() * 2, 0, k_newest);
  }
  place({hash, row});
  m_last = row;
}

std::vector<RowId> RecentIds::find(std::uint64_t hash) const {
  const std::lock_guard lock(m_mutex);
  std::vector<RowId> rows;
  const std::size_t mask = m_slots.size() - 1;
  for (std::size_t i = hash & mask; m_slots[i].row != 0; i = (i + 1) & mask) {
    if (m_slots[i].hash == hash) {
      rows.push_back(m_slots[i].row);
    }
  }
  return rows;
}

void RecentIds::forget_until(RowId row) {
  const std::lock_guard lock(m_mutex);
  if (row > m_forgotten_until) {
    rebuild(m_slots.size(), row, k_newest);
    m_forgotten_until = row;
    m_last = std::max(m_last, row);
  }
}

void RecentIds::forget_after(RowId row) {
  const std::lock_guard lock(m_mutex);
  rebuild(m_slots.size(), 0, row);
  m_last = row;
}

void RecentIds::place(Slot slot) {
  const std::size_t mask = m_slots.size() - 1;
  std::size_t i = slot.hash & mask;
  while (m_slots[i].row != 0) {
    i = (i + 1) & mask;
  }
  m_slots[i] = slot;
  ++m_used;
}

/// Keeps the rows after `after` and up to `until`.
void RecentIds::rebuild(std::size_t slots, RowId after, RowId until) {
  const std::vector<Slot> old = std::exchange(m_slots, std::vector<Slot>(slots));
  m_used = 0;
  for (const Slot& slot : old) {
    if (slot.row > after && slot.row <= until) {
      place(slot);
    }
  }
}

}  // namespace payhook
