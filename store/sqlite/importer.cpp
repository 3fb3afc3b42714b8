#include "store/sqlite/importer.h"

#include <algorithm>
#include <string>

namespace payhook {

namespace {

constexpr auto k_end = R"sql(
  UPDATE transactions SET status = 'PROCESSED', processed_at = ?1, due_at = NULL
  WHERE id = last_insert_rowid()
)sql";

}  // namespace

SqliteImporter::SqliteImporter(SharedState& shared, std::chrono::milliseconds patience)
    : m_intake(shared, patience, SqliteIntake::From::AN_OPERATOR),
      m_end(m_intake.connection().prepare(k_end)),
      m_acts(m_intake.connection()),
      m_late(m_intake.connection()) {}

std::vector<IntakeResult> SqliteImporter::add(std::string_view source,
                                              std::span<const PastTransaction> transactions,
                                              const Act& act, Deadline deadline) {
  std::vector<IntakeResult> results;
  bool stores_any = false;
  m_intake.write(deadline, [&] {
    for (const PastTransaction& transaction : transactions) {
      results.push_back(add_one(source, transaction));
    }
    stores_any = std::count(results.begin(), results.end(), IntakeResult::CREATED) > 0;
    if (stores_any) {
      m_late.note(act.at);
    }
    if (stores_any && !m_is_recorded) {
      m_acts.record("import", std::nullopt, act);
    }
  });
  m_is_recorded = m_is_recorded || stores_any;
  return results;
}

IntakeResult SqliteImporter::add_one(std::string_view source, const PastTransaction& transaction) {
  const StatedPayment payment{transaction.transaction, transaction.due_at,
                              transaction.keeps_order && !transaction.processed_at};
  const IntakeResult result =
      m_intake.store_in_transaction({std::string(source), payment, "", "", transaction.created_at});
  if (result == IntakeResult::CREATED && transaction.processed_at) {
    const std::string processed_at = format_milliseconds(*transaction.processed_at);
    m_end.bind(1, processed_at);
    m_end.run();
  }
  return result;
}

}  // namespace payhook
