#include "store/id_indexer.h"

#include <algorithm>
#include <utility>

#include "core/log.h"

namespace payhook {

namespace {

constexpr RowId k_rows_collected_at_once = 4096;
constexpr std::size_t k_entries_inserted_at_once = 512;

constexpr auto k_newest = "SELECT max(id) FROM transactions";
constexpr auto k_rows_between =
    "SELECT id, transaction_id FROM transactions WHERE id > ?1 AND id <= ?2";
constexpr auto k_insert =
    "INSERT INTO id_index (hash, transaction_row) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
constexpr auto k_set_indexed_until = "UPDATE id_index_state SET indexed_until = ?1";

}  // namespace

IdIndexer::IdIndexer(SqliteConnection& connection, RowId rows_in_a_run,
                     std::function<void()> after_commit)
    : m_connection(connection),
      m_rows_in_a_run(rows_in_a_run),
      m_after_commit(std::move(after_commit)),
      m_hash(read_id_hash(connection)),
      m_indexed_until(connection.prepare(k_indexed_until)),
      m_newest(connection.prepare(k_newest)),
      m_rows_between(connection.prepare(k_rows_between)),
      m_insert(connection.prepare(k_insert)),
      m_set_indexed_until(connection.prepare(k_set_indexed_until)) {}

bool IdIndexer::step(Deadline deadline) {
  try {
    return do_step(deadline);
  } catch (const StoreDamaged& e) {
    log::report(log::Event::STORE_ALARM, "ids are not indexed: {}", e.what());
    return false;
  }
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
  m_begin = number_from(m_indexed_until);
  if (number_from(m_newest) - m_begin < m_rows_in_a_run) {
    return false;
  }
  m_end = m_begin + m_rows_in_a_run;
  m_collected_until = m_begin;
  m_run.clear();
  m_run.reserve(static_cast<std::size_t>(m_rows_in_a_run));
  m_phase = Phase::COLLECTING;
  return true;
}

void IdIndexer::collect() {
  const RowId until = std::min(m_collected_until + k_rows_collected_at_once, m_end);
  m_rows_between.bind(1, m_collected_until);
  m_rows_between.bind(2, until);
  const ResetAtEnd reset(m_rows_between);
  while (m_rows_between.step()) {
    m_run.push_back(
        {static_cast<std::int64_t>(m_hash(m_rows_between.text(1))), m_rows_between.number(0)});
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
  const auto turn = m_connection.take_turn(deadline);
  m_connection.require_same_file();
  if (number_from(m_indexed_until) != m_begin) {
    m_phase = Phase::WAITING;  // another program was faster
    return;
  }
  const std::size_t until = std::min(m_inserted + k_entries_inserted_at_once, m_run.size());
  ScopedTransaction transaction(m_connection);
  for (std::size_t i = m_inserted; i < until; ++i) {
    m_insert.bind(1, m_run[i].hash);
    m_insert.bind(2, m_run[i].row);
    m_insert.run();
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
  m_after_commit();
}

RowId IdIndexer::number_from(SqliteStatement& statement) {
  const ResetAtEnd reset(statement);
  statement.step();
  return statement.number(0);
}

}  // namespace payhook
