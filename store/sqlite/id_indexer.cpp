#include "store/sqlite/id_indexer.h"

#include <algorithm>

#include "core/log.h"
#include "store/sqlite/errors.h"

namespace payhook {

namespace {

// A place that cannot be read costs its time at each try, in the turn.
constexpr std::chrono::minutes k_pause_after_damage{1};

constexpr RowId k_rows_collected_at_once = 4096;
constexpr std::size_t k_entries_inserted_at_once = 512;

constexpr auto k_newest = "SELECT max(id) FROM transactions";
constexpr auto k_rows_between =
    "SELECT id, source, transaction_id FROM transactions WHERE id > ?1 AND id <= ?2";
constexpr auto k_have_one_id =
    "SELECT 1 FROM transactions a, transactions b "
    "WHERE a.id = ?1 AND b.id = ?2 AND a.source = b.source AND a.transaction_id = b.transaction_id";
constexpr auto k_insert =
    "INSERT INTO id_index (hash, transaction_row) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
constexpr auto k_set_indexed_until = "UPDATE id_index_state SET indexed_until = ?1";

}  // namespace

IdIndexer::IdIndexer(Writer& writer, RowId rows_in_a_run)
    : m_writer(writer),
      m_rows_in_a_run(rows_in_a_run),
      m_state(writer.connection()),
      m_replacements(m_state.replacements()),
      m_hash(m_state.hash()),
      m_newest(writer.connection().prepare(k_newest)),
      m_rows_between(writer.connection().prepare(k_rows_between)),
      m_rows_of_hash(writer.connection().prepare(k_rows_of_hash)),
      m_have_one_id(writer.connection().prepare(k_have_one_id)),
      m_insert(writer.connection().prepare(k_insert)),
      m_set_indexed_until(writer.connection().prepare(k_set_indexed_until)) {}

bool IdIndexer::step(Deadline deadline) {
  if (std::chrono::steady_clock::now() < m_again) {
    return false;
  }
  try {
    return do_step(deadline);
  } catch (const StoreDamaged& e) {
    pause(e);
  } catch (const StoreRefused& e) {
    pause(e);
  }
  return false;
}

bool IdIndexer::step_until(RowId until, Deadline deadline) {
  if (m_phase != Phase::WAITING) {
    return do_step(deadline);
  }
  m_begin = m_state.indexed_until();
  if (m_begin >= until) {
    return false;
  }
  begin_run(std::min(until, m_begin + m_rows_in_a_run));
  return true;
}

void IdIndexer::pause(const std::exception& why) {
  log::report(log::Event::STORE_ALARM, "ids are not indexed: {}", why.what());
  m_again = std::chrono::steady_clock::now() + k_pause_after_damage;
}

bool IdIndexer::do_step(Deadline deadline) {
  switch (m_phase) {
    case Phase::WAITING:
      return run_is_due();
    case Phase::COLLECTING:
      collect();
      break;
    case Phase::INSERTING:
      insert(deadline);
      break;
  }
  return true;
}

bool IdIndexer::run_is_due() {
  m_begin = m_state.indexed_until();
  if (newest() - m_begin < m_rows_in_a_run) {
    return false;
  }
  begin_run(m_begin + m_rows_in_a_run);
  return true;
}

void IdIndexer::begin_run(RowId end) {
  m_replacements = m_state.replacements();
  m_hash = m_state.hash();
  m_end = end;
  m_collected_until = m_begin;
  m_run.clear();
  m_run.reserve(static_cast<std::size_t>(m_end - m_begin));
  m_phase = Phase::COLLECTING;
}

void IdIndexer::collect() {
  const RowId until = std::min(m_collected_until + k_rows_collected_at_once, m_end);
  m_rows_between.bind(1, m_collected_until);
  m_rows_between.bind(2, until);
  const ResetAtEnd reset(m_rows_between);
  while (m_rows_between.step()) {
    const std::uint64_t hash = m_hash(m_rows_between.text(1), m_rows_between.text(2));
    m_run.push_back({static_cast<std::int64_t>(hash), m_rows_between.number(0)});
  }
  m_collected_until = until;
  if (until == m_end) {
    std::sort(m_run.begin(), m_run.end(),
              [](const Entry& a, const Entry& b) { return a.hash < b.hash; });
    m_inserted = 0;
    m_phase = Phase::INSERTING;
  }
}

void IdIndexer::insert(Deadline deadline) {
  auto turn = m_writer.take_turn(deadline);
  if (!is_still_mine()) {
    m_phase = Phase::WAITING;
    return;
  }
  const std::size_t until = std::min(m_inserted + k_entries_inserted_at_once, m_run.size());
  WriteTransaction transaction = turn.begin();
  for (std::size_t i = m_inserted; i < until; ++i) {
    enter(m_run[i]);
  }
  if (until == m_run.size()) {
    m_set_indexed_until.bind(1, m_end);
    m_set_indexed_until.run();
  }
  transaction.commit();
  m_inserted = until;
  if (until == m_run.size()) {
    m_run = {};
    m_phase = Phase::WAITING;
  }
}

/// Another program may have been faster, or another database have come in its place.
bool IdIndexer::is_still_mine() {
  return m_state.indexed_until() == m_begin && m_state.replacements() == m_replacements;
}

void IdIndexer::enter(const Entry& entry) {
  tell_of_doubles(entry);
  m_insert.bind(1, entry.hash);
  m_insert.bind(2, entry.row);
  m_insert.run();
}

/// Rows with one id have one hash, and the later one to be entered finds the other here.
void IdIndexer::tell_of_doubles(const Entry& entry) {
  m_rows_of_hash.bind(1, entry.hash);
  const ResetAtEnd reset(m_rows_of_hash);
  while (m_rows_of_hash.step()) {
    const RowId other = m_rows_of_hash.number(0);
    if (other != entry.row && have_one_id(entry.row, other)) {
      log::report(log::Event::STORE_ALARM,
                  "the rows {0} and {1} of the table transactions are one transaction_id of one "
                  "source: one "
                  "payment may count twice; compare them (SELECT * FROM transactions WHERE id IN "
                  "({0}, {1})), and find out what else writes to the database",
                  std::min(entry.row, other), std::max(entry.row, other));
    }
  }
}

bool IdIndexer::have_one_id(RowId row, RowId other) {
  m_have_one_id.bind(1, row);
  m_have_one_id.bind(2, other);
  const ResetAtEnd reset(m_have_one_id);
  return m_have_one_id.step();
}

RowId IdIndexer::newest() {
  const ResetAtEnd reset(m_newest);
  m_newest.step();
  return m_newest.number(0);
}

}  // namespace payhook
