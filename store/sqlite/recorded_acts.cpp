#include "store/sqlite/recorded_acts.h"

#include <string>

namespace payhook {

namespace {

constexpr auto k_record = R"sql(
  INSERT INTO operations (at, operation, transaction_row, who, why)
  VALUES (?1, ?2, nullif(?3, 0), ?4, ?5)
)sql";

}  // namespace

RecordedActs::RecordedActs(SqliteConnection& connection) : m_record(connection.prepare(k_record)) {}

void RecordedActs::record(std::string_view operation, std::optional<RowId> row, const Act& act) {
  const std::string at = format_milliseconds(act.at);
  m_record.bind(1, at);
  m_record.bind(2, operation);
  m_record.bind(3, row.value_or(0));
  m_record.bind(4, act.who);
  m_record.bind(5, act.why);
  m_record.run();
}

}  // namespace payhook
