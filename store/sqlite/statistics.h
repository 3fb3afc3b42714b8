#pragma once

#include <chrono>
#include <filesystem>

#include "store/sqlite/damaged_rows.h"
#include "store/sqlite/kept_size.h"
#include "store/sqlite/queue_look.h"
#include "store/sqlite/shared_state.h"
#include "store/sqlite/writer.h"
#include "store/statistics.h"

namespace payhook {

/// What SQLite's tables have counted, and how its files stand.
class SqliteStatistics final : public Statistics {
 public:
  /// `shared` is not owned. Throws as SqliteConnection does.
  explicit SqliteStatistics(SharedState& shared,
                            std::chrono::milliseconds patience = SqliteConnection::k_patience);

  std::vector<OutcomeTotal> totals() override;
  std::vector<OutcomeCount> counts(Timestamp since, Timestamp before) override;
  ProcessingLag processing_lag() override;
  StoreState state(Timestamp now) override;
  StoreVitals vitals() override;
  EngineReport engine() override;
  bool tidy(Timestamp now, Deadline deadline) override;

 private:
  std::size_t count(SqliteStatement& statement);
  static std::optional<std::string> text(SqliteStatement& statement);
  void add_queue(StoreState& state, Timestamp now);
  void add_sizes(StoreState& state, Timestamp now);
  bool fold_oldest_hour(Timestamp now);
  bool forget_oldest_hour(Timestamp now);
  void note_size(Timestamp now);

  const std::filesystem::path m_database;
  Writer m_writer;
  KeptSize m_quarantine;
  DamagedRows m_damaged;  // none: rows are only counted
  QueueLook m_queue;
  SqliteStatement m_totals;
  SqliteStatement m_counts;
  SqliteStatement m_lag;
  SqliteStatement m_failed;
  SqliteStatement m_conflicts;
  SqliteStatement m_newest;
  SqliteStatement m_last_backup;
  SqliteStatement m_pages;
  SqliteStatement m_earlier_size;
  SqliteStatement m_oldest_minute;
  SqliteStatement m_fold;
  SqliteStatement m_drop_minutes;
  SqliteStatement m_drop_hour;
  SqliteStatement m_note_size;
  SqliteStatement m_drop_sizes;
};

}  // namespace payhook
