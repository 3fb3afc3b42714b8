#include "store/sqlite/late_rows.h"

namespace payhook {

namespace {

constexpr auto k_note = R"sql(
  INSERT INTO late_rows (id, until_row, until_time)
  SELECT 1, max(id), ?1 FROM transactions WHERE TRUE
  ON CONFLICT (id) DO UPDATE SET until_row = excluded.until_row, until_time = excluded.until_time
)sql";

constexpr auto k_extent = "SELECT until_row, until_time FROM late_rows";

}  // namespace

LateRows::LateRows(SqliteConnection& connection)
    : m_note(connection.prepare(k_note)), m_extent(connection.prepare(k_extent)) {}

LateRows::Extent LateRows::extent() {
  const ResetAtEnd reset(m_extent);
  return m_extent.step() ? Extent{m_extent.number(0), std::string(m_extent.text(1))} : Extent();
}

void LateRows::note(Timestamp now) {
  const std::string time = format_milliseconds(now);
  m_note.bind(1, time);
  m_note.run();
}

}  // namespace payhook
