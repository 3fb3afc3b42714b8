#pragma once

#include <chrono>

#include "store/importer.h"
#include "store/sqlite/intake.h"
#include "store/sqlite/late_rows.h"
#include "store/sqlite/recorded_acts.h"
#include "store/sqlite/shared_state.h"

namespace payhook {

/// Takes transactions into SQLite's table as webhooks are, and then sets what has become of them.
class SqliteImporter final : public TransactionImporter {
 public:
  /// `shared` is not owned. Throws as SqliteConnection does.
  explicit SqliteImporter(SharedState& shared,
                          std::chrono::milliseconds patience = SqliteConnection::k_patience);

  std::vector<IntakeResult> add(std::string_view source,
                                std::span<const PastTransaction> transactions, const Act& act,
                                Deadline deadline) override;

 private:
  IntakeResult add_one(std::string_view source, const PastTransaction& transaction);

  SqliteIntake m_intake;
  SqliteStatement m_end;
  RecordedActs m_acts;
  LateRows m_late;
  bool m_is_recorded = false;
};

}  // namespace payhook
