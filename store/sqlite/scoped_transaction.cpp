#include "store/sqlite/scoped_transaction.h"

#include <exception>

#include "store/sqlite/connection.h"

namespace payhook {

ScopedTransaction::ScopedTransaction(SqliteConnection& connection) : m_connection(&connection) {
  connection.roll_back();  // an earlier one, if that has failed
  connection.m_begin->run();
  connection.m_wal.written = false;
}

ScopedTransaction::~ScopedTransaction() {
  if (m_connection != nullptr) {
    try {
      m_connection->roll_back();
    } catch (const std::exception&) {
      return;  // the next transaction tries it again
    }
  }
}

void ScopedTransaction::commit() {
  m_connection->m_commit->run();
  m_connection = nullptr;
}

}  // namespace payhook
