#include "store/sqlite/id_index.h"

#include <algorithm>
#include <utility>

namespace payhook {

namespace {

constexpr auto k_rows_after =
    "SELECT id, source, transaction_id FROM transactions WHERE id > ?1 ORDER BY id";
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

IdIndex::Candidates::Candidates(std::vector<RowId> recent, std::uint64_t hash,
                                SqliteStatement& rows_of_hash)
    : m_recent(std::move(recent)), m_hash(hash), m_rows_of_hash(rows_of_hash) {}

/// The memory first: what it forgets meanwhile was in the table before, so that a statement that
/// begins later finds it there.
std::optional<RowId> IdIndex::Candidates::next() {
  if (m_next < m_recent.size()) {
    return m_recent[m_next++];
  }
  if (!m_reset) {
    m_rows_of_hash.bind(1, static_cast<std::int64_t>(m_hash));
    m_reset.emplace(m_rows_of_hash);
  }
  return m_rows_of_hash.step() ? std::optional(m_rows_of_hash.number(0)) : std::nullopt;
}

IdIndex::Candidates IdIndex::candidates(std::string_view source, std::string_view transaction_id) {
  m_asked_for = m_hash(source, transaction_id);
  return {in_memory(m_asked_for), m_asked_for, m_rows_of_hash};
}

void IdIndex::catch_up() {
  while (!has_caught_up(In::NO_TRANSACTION)) {
  }
}

void IdIndex::catch_up_in_transaction() {
  m_new.clear();
  while (!has_caught_up(In::TRANSACTION)) {
  }
  m_committed = m_recent.last();
}

/// Returns false when another thread has begun anew meanwhile: what was read before may be of a
/// database that is no longer there.
bool IdIndex::has_caught_up(In in) {
  RecentIds::Place seen = m_recent.last();
  const RowId until = m_state.indexed_until();
  // The key of a row that was removed will be used again.
  const bool removed = in == In::TRANSACTION && seen.row > until && !exists(seen.row);
  if (was_replaced() || removed) {
    seen = m_recent.begin_anew(until);
  }
  m_recent.forget_until(until, seen);
  return read_newer_rows(seen.beginning);
}

bool IdIndex::was_replaced() {
  const int before = std::exchange(m_replacements, m_state.replacements());
  if (m_replacements == before) {
    return false;
  }
  m_hash = m_state.hash();
  return true;
}

/// Returns false when it is another beginning now.
bool IdIndex::read_newer_rows(std::uint64_t beginning) {
  RecentIds::Place previous = m_recent.last();
  if (previous.beginning != beginning) {
    return false;
  }
  m_rows_after.bind(1, previous.row);
  const ResetAtEnd reset(m_rows_after);
  while (m_rows_after.step()) {
    const RowId row = m_rows_after.number(0);
    if (!m_recent.add(previous, m_hash(m_rows_after.text(1), m_rows_after.text(2)), row)) {
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
