#include "store/sqlite/writer.h"

#include <utility>

namespace payhook {

Writer::Writer(SharedState& shared, int pages_between_checkpoints,
               std::chrono::milliseconds patience)
    : m_shared(shared),
      m_connection(shared.database, SqliteConnection::Use::WRITING, patience),
      m_pages_between_checkpoints(pages_between_checkpoints) {}

Writer::Turn Writer::take_turn(Deadline deadline) {
  auto lock = m_connection.take_turn(deadline);
  m_connection.require_same_file();
  return {*this, std::move(lock)};
}

WriteTransaction Writer::Turn::begin() { return WriteTransaction(m_writer); }

/// In the turn: a checkpoint that begins now holds all that was committed.
void Writer::after_commit() {
  if (m_shared.lifetime == Lifetime::SERVICE) {
    m_shared.checkpoints.begin_when_due(m_connection, m_pages_between_checkpoints);
  }
}

void WriteTransaction::commit() {
  m_transaction.commit();
  m_writer.after_commit();
}

}  // namespace payhook
