#include "store/checkpointer.h"

namespace payhook {

Checkpointer::Checkpointer(const std::filesystem::path& database, SqliteConnection& connection)
    : m_connection(connection),
      m_reader(database, SqliteConnection::Use::READING),
      m_begin_reading(m_reader.prepare("BEGIN")),
      m_read(m_reader.prepare("SELECT 1 FROM id_index_state")),
      m_end_reading(m_reader.prepare("COMMIT")) {}

void Checkpointer::pin() {
  m_begin_reading.run();
  try {
    m_read.run();
  } catch (const std::exception&) {
    m_end_reading.run();
    throw;
  }
}

void Checkpointer::run(Deadline deadline) {
  try {
    m_connection.checkpoint();
  } catch (const std::exception&) {
    m_end_reading.run();
    throw;
  }
  m_end_reading.run();
  const auto turn = m_connection.take_turn(deadline);
  m_connection.checkpoint();
}

}  // namespace payhook
