#include "store/sqlite/writer.h"

#include <utility>

namespace payhook {

Writer::Writer(const std::filesystem::path& database, BackgroundCheckpoints* checkpoints,
               int pages_between_checkpoints)
    : m_connection(database, SqliteConnection::Use::WRITING),
      m_checkpoints(checkpoints),
      m_pages_between_checkpoints(pages_between_checkpoints) {}

Writer::Turn Writer::take_turn(Deadline deadline) {
  auto lock = m_connection.take_turn(deadline);
  m_connection.require_same_file();
  return {*this, std::move(lock)};
}

WriteTransaction Writer::Turn::begin() { return WriteTransaction(m_writer); }

/// In the turn: a checkpoint that begins now holds all that was committed.
void Writer::after_commit() {
  if (m_checkpoints != nullptr) {
    m_checkpoints->begin_when_due(m_connection, m_pages_between_checkpoints);
    m_wal_watch.look(m_connection.wal_pages());
  }
}

void WriteTransaction::commit() {
  m_transaction.commit();
  m_writer.after_commit();
}

}  // namespace payhook
