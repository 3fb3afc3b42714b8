#include "store/id_index.h"

#include <stdexcept>

namespace payhook {

namespace {

constexpr auto k_rows_of_hash = "SELECT transaction_row FROM id_index WHERE hash = ?1";
constexpr auto k_rows_after =
    "SELECT id, transaction_id FROM transactions WHERE id > ?1 ORDER BY id";
constexpr auto k_row_exists = "SELECT 1 FROM transactions WHERE id = ?1";

}  // namespace

IdHash read_id_hash(SqliteConnection& connection) {
  SqliteStatement key = connection.prepare("SELECT hash_key FROM id_index_state");
  key.step();
  return IdHash(key.blob(0));
}

IdIndex::IdIndex(SqliteConnection& connection, RecentIds& recent)
    : m_hash(read_id_hash(connection)),
      m_recent(recent),
      m_rows_of_hash(connection.prepare(k_rows_of_hash)),
      m_rows_after(connection.prepare(k_rows_after)),
      m_row_exists(connection.prepare(k_row_exists)),
      m_indexed_until(connection.prepare(k_indexed_until)) {}

void IdIndex::catch_up() { catch_up_from(indexed_until()); }

void IdIndex::catch_up_from(RowId indexed_until) {
  m_recent.forget_until(indexed_until);
  while (!read_newer_rows()) {
  }
}

/// Returns false when another thread's rows were rolled back meanwhile: then begin anew.
bool IdIndex::read_newer_rows() {
  RowId previous = m_recent.last();
  m_rows_after.bind(1, previous);
  const ResetAtEnd reset(m_rows_after);
  while (m_rows_after.step()) {
    const RowId row = m_rows_after.number(0);
    if (!m_recent.add(previous, m_hash(m_rows_after.text(1)), row)) {
      return false;
    }
    previous = row;
  }
  return true;
}

void IdIndex::catch_up_in_transaction() {
  const RowId until = indexed_until();
  if (m_recent.last() > until && !exists(m_recent.last())) {
    m_recent.forget_after(until);  // its key will be used again
  }
  catch_up_from(until);
}

void IdIndex::add(std::string_view transaction_id) {
  const RowId last = m_recent.last();
  if (!m_recent.add(last, m_hash(transaction_id), last + 1)) {
    throw std::logic_error("somebody else adds to the recent ids in a write transaction of ours");
  }
}

RowId IdIndex::indexed_until() {
  const ResetAtEnd reset(m_indexed_until);
  m_indexed_until.step();
  return m_indexed_until.number(0);
}

bool IdIndex::exists(RowId row) {
  m_row_exists.bind(1, row);
  const ResetAtEnd reset(m_row_exists);
  return m_row_exists.step();
}

}  // namespace payhook
