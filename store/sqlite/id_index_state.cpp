#include "store/sqlite/id_index_state.h"

namespace payhook {

IdIndexState::IdIndexState(SqliteConnection& connection)
    : m_indexed_until(connection.prepare("SELECT indexed_until FROM id_index_state")),
      m_key(connection.prepare("SELECT hash_key FROM id_index_state")) {}

RowId IdIndexState::indexed_until() {
  const ResetAtEnd reset(m_indexed_until);
  m_indexed_until.step();
  return m_indexed_until.number(0);
}

IdHash IdIndexState::hash() {
  const ResetAtEnd reset(m_key);
  m_key.step();
  return IdHash(m_key.blob(0));
}

}  // namespace payhook
