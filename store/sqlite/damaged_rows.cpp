#include "store/sqlite/damaged_rows.h"

#include "core/log.h"
#include "store/sqlite/errors.h"

namespace payhook {

namespace {

// Where there are more, the database is to be restored, and not to be worked around.
constexpr std::size_t k_most = 1000;

constexpr auto k_read = "SELECT * FROM transactions WHERE id = ?1";

void tell(RowId row, const std::exception& why) {
  log::report(log::Event::STORE_ALARM, "row {} of the table transactions is not processed: {}", row,
              why.what());
}

}  // namespace

DamagedRows::DamagedRows(SqliteConnection& connection) : m_read(connection.prepare(k_read)) {}

bool DamagedRows::find_among(std::span<const RowId> rows) {
  const std::size_t known = m_rows.size();
  for (const RowId row : rows) {
    if (m_rows.size() < k_most && !m_rows.contains(row) && !can_be_read(row)) {
      m_rows.insert(row);
    }
  }
  return m_rows.size() > known;
}

bool DamagedRows::can_be_read(RowId row) try {
  m_read.bind(1, row);
  const ResetAtEnd reset(m_read);
  m_read.step();
  return true;
} catch (const StoreDamaged& e) {
  tell(row, e);
  return false;
} catch (const StoreRefused& e) {
  tell(row, e);
  return false;
}

}  // namespace payhook
