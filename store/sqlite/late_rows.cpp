#include "store/sqlite/late_rows.h"

#include <string>

namespace payhook {

namespace {

constexpr auto k_note = R"sql(
  INSERT INTO late_rows (id, until_row, until_time)
  SELECT 1, max(id), ?1 FROM transactions WHERE TRUE
  ON CONFLICT (id) DO UPDATE SET until_row = excluded.until_row, until_time = excluded.until_time
)sql";

}  // namespace

LateRows::LateRows(SqliteConnection& connection) : m_note(connection.prepare(k_note)) {}

void LateRows::note(Timestamp now) {
  const std::string time = format_milliseconds(now);
  m_note.bind(1, time);
  m_note.run();
}

}  // namespace payhook
