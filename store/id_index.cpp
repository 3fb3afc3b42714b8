#include "store/id_index.h"

#include <utility>

namespace payhook {

namespace {

constexpr auto k_rows_after =
    "SELECT id, transaction_id FROM transactions WHERE id > ?1 ORDER BY id";
constexpr auto k_row_exists = "SELECT 1 FROM transactions WHERE id = ?1";

}  // namespace

IdIndex::IdIndex(SqliteConnection& connection, RecentIds& recent)
    : m_state(connection),
      m_replacements(m_state.replacements()),
      m_hash(m_state.hash()),
      m_recent(recent),
      m_rows_of_hash(connection.prepare(k_rows_of_hash)),
      m_rows_after(connection.prepare(k_rows_after)),
      m_row_exists(connection.prepare(k_row_exists)) {}

void IdIndex::catch_up() {
  const RecentIds::Place seen = m_recent.last();
  const RowId until = m_state.indexed_until();
  if (was_replaced()) {
    m_recent.begin_anew(until);
  }
  catch_up_from(until, seen);
}

void IdIndex::catch_up_in_transaction() {
  m_new.clear();
  const RecentIds::Place seen = m_recent.last();
  const RowId until = m_state.indexed_until();
  const bool removed = seen.row > until && !exists(seen.row);  // its key will be used again
  if (was_replaced() || removed) {
    m_recent.begin_anew(until);
  }
  catch_up_from(until, seen);
  m_committed = m_recent.last();
}

bool IdIndex::was_replaced() {
  const int before = std::exchange(m_replacements, m_state.replacements());
  if (m_replacements == before) {
    return false;
  }
  m_hash = m_state.hash();
  return true;
}

void IdIndex::catch_up_from(RowId indexed_until, RecentIds::Place seen) {
  m_recent.forget_until(indexed_until, seen);
  while (!read_newer_rows()) {
  }
}

/// Returns false when another thread has begun anew meanwhile.
bool IdIndex::read_newer_rows() {
  RecentIds::Place previous = m_recent.last();
  m_rows_after.bind(1, previous.row);
  const ResetAtEnd reset(m_rows_after);
  while (m_rows_after.step()) {
    const RowId row = m_rows_after.number(0);
    if (!m_recent.add(previous, m_hash(m_rows_after.text(1)), row)) {
      return false;
    }
    previous.row = row;
  }
  return true;
}

void IdIndex::require_same_beginning() const {
  if (m_recent.last().beginning != m_committed.beginning) {
    throw StoreTimeout("the database was replaced, and its ids are being read");
  }
}

/// Where it begins anew meanwhile, the rows are read from the table.
void IdIndex::publish() {
  for (const std::uint64_t hash : m_new) {
    const bool known = m_recent.add(m_committed, hash, m_committed.row + 1);
    ++m_committed.row;
    if (!known) {
      break;
    }
  }
  m_new.clear();
}

bool IdIndex::exists(RowId row) {
  m_row_exists.bind(1, row);
  const ResetAtEnd reset(m_row_exists);
  return m_row_exists.step();
}

std::vector<RowId> IdIndex::in_memory(std::uint64_t hash) const {
  std::vector<RowId> rows = m_recent.find(hash);
  for (auto i = m_new.begin(); (i = std::find(i, m_new.end(), hash)) != m_new.end(); ++i) {
    rows.push_back(m_committed.row + (i - m_new.begin()) + 1);
  }
  return rows;
}

}  // namespace payhook
