#include "store/id_index.h"

#include <algorithm>

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

// The memory first: what it forgets meanwhile was in the table before, so that a statement that
// begins later finds it there.
bool IdIndex::find(std::string_view transaction_id, const IsIt& is_it) {
  const std::uint64_t hash = m_hash(transaction_id);
  const std::vector<RowId> recent = m_recent.find(hash);
  if (std::any_of(recent.begin(), recent.end(), is_it)) {
    return true;
  }
  m_rows_of_hash.bind(1, static_cast<std::int64_t>(hash));
  const ResetAtEnd reset(m_rows_of_hash);
  while (m_rows_of_hash.step()) {
    if (is_it(m_rows_of_hash.number(0))) {
      return true;
    }
  }
  return false;
}

void IdIndex::catch_up() {
  m_recent.forget_until(indexed_until());
  m_rows_after.bind(1, m_recent.last());
  const ResetAtEnd reset(m_rows_after);
  while (m_rows_after.step()) {
    add(m_rows_after.text(1), m_rows_after.number(0));
  }
}

void IdIndex::catch_up_in_transaction() {
  const RowId until = indexed_until();
  if (m_recent.last() > until && !exists(m_recent.last())) {
    m_recent.forget_after(until);  // its key will be used again
  }
  catch_up();
}

void IdIndex::add(std::string_view transaction_id, RowId row) {
  m_recent.add(m_hash(transaction_id), row);
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
