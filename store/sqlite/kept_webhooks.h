#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "store/kept_webhooks.h"
#include "store/sqlite/intake.h"
#include "store/sqlite/late_rows.h"
#include "store/sqlite/recorded_acts.h"
#include "store/sqlite/writer.h"

namespace payhook {

/// The tables quarantine, conflicts and events of SQLite.
class SqliteKeptWebhooks final : public KeptWebhooks {
 public:
  /// `shared` is not owned. Throws as SqliteConnection does.
  explicit SqliteKeptWebhooks(SharedState& shared,
                              std::chrono::milliseconds patience = SqliteConnection::k_patience);

  KeptPage list(KeptIn where, const KeptFilter& filter, std::optional<std::int64_t> before,
                std::size_t limit) override;
  std::optional<KeptWebhook> find(KeptIn where, std::int64_t id) override;
  std::vector<IntakeResult> store_again(KeptIn where, std::int64_t id,
                                        std::span<const IncomingWebhook> webhooks, const Act& act,
                                        Deadline deadline) override;
  bool drop(KeptIn where, std::int64_t id, const Act& act, Deadline deadline) override;
  std::size_t drop_older(KeptIn where, Timestamp before, std::size_t limit,
                         Deadline deadline) override;

  /// How many of them list() looks at.
  static constexpr std::int64_t k_rows_at_once = 20'000;

 private:
  /// What is asked of one of the tables.
  struct Table {
    Table(SqliteConnection& connection, std::string_view table, std::string_view why,
          std::string_view values);

    std::string name;
    SqliteStatement list;
    SqliteStatement before;
    SqliteStatement find;
    SqliteStatement drop;
    SqliteStatement drop_older;
  };

  struct Tables {
    explicit Tables(SqliteConnection& connection);
    Table& operator[](KeptIn where) { return all.at(static_cast<std::size_t>(where)); }

    std::array<Table, 3> all;  // in the order of KeptIn
  };

  /// What storing again needs, which few have a use for.
  struct Again {
    Again(SharedState& shared, std::chrono::milliseconds patience)
        : intake(shared, patience),
          tables(intake.connection()),
          log(intake.connection()),
          late(intake.connection()) {}

    SqliteIntake intake;
    Tables tables;
    RecordedActs log;
    LateRows late;
  };

  static std::optional<std::int64_t> id_before(Table& table, std::int64_t id);
  static std::optional<KeptWebhook> find(Table& table, std::int64_t id);

  SharedState& m_shared;
  const std::chrono::milliseconds m_patience;
  Writer m_writer;
  Tables m_tables;
  RecordedActs m_acts;
  std::unique_ptr<Again> m_again;
};

}  // namespace payhook
