#include "store/sqlite/checkpointer.h"

namespace payhook {

Checkpointer::Checkpointer(const std::filesystem::path& database)
    : m_copier(database, SqliteConnection::Use::WRITING),
      m_reader(database, SqliteConnection::Use::READING),
      m_begin_reading(m_reader.prepare("BEGIN")),
      m_read(m_reader.prepare("SELECT 1 FROM id_index_state")),
      m_end_reading(m_reader.prepare("ROLLBACK")) {}

void Checkpointer::pin() {
  m_begin_reading.run();
  try {
    m_read.run();
  } catch (const std::exception&) {
    unpin();
    throw;
  }
}

void Checkpointer::run(std::chrono::milliseconds patience) {
  try {
    m_copier.checkpoint();
    // SQLite syncs the file only at the end of the WAL: without this, others would wait for it.
    m_copier.sync_database();
  } catch (const StoreBroken&) {
    // The WAL has what the file did not take. One that is in its turn has not heard of it yet.
    throw;
  } catch (const std::exception&) {
    unpin();
    throw;
  }
  unpin();
  const auto turn = m_copier.take_turn(std::chrono::steady_clock::now() + patience);
  m_copier.checkpoint();
}

void Checkpointer::unpin() noexcept {
  try {
    m_end_reading.run();
  } catch (const std::exception&) {
    return;  // an error has ended the transaction already
  }
}

}  // namespace payhook
