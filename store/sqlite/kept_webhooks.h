#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string_view>

#include "store/kept_webhooks.h"
#include "store/sqlite/intake.h"
#include "store/sqlite/writer.h"

namespace payhook {

/// The tables quarantine, conflicts and events of SQLite.
class SqliteKeptWebhooks final : public KeptWebhooks {
 public:
  /// `shared` is not owned. Throws as SqliteConnection does.
  explicit SqliteKeptWebhooks(SharedState& shared,
                              std::chrono::milliseconds patience = SqliteConnection::k_patience);

  std::vector<KeptWebhook> list(KeptIn where, std::int64_t after, std::size_t limit) override;
  std::optional<KeptWebhook> find(KeptIn where, std::int64_t id) override;
  std::vector<IntakeResult> store_again(KeptIn where, std::int64_t id,
                                        std::span<const IncomingWebhook> webhooks,
                                        Deadline deadline) override;
  bool drop(KeptIn where, std::int64_t id, Deadline deadline) override;
  std::size_t drop_older(KeptIn where, Timestamp before, std::size_t limit,
                         Deadline deadline) override;

 private:
  /// What is asked of one of the tables.
  struct Table {
    Table(SqliteConnection& connection, std::string_view name, std::string_view why);

    SqliteStatement list;
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
        : intake(shared, patience), tables(intake.connection()) {}

    SqliteIntake intake;
    Tables tables;
  };

  static std::vector<KeptWebhook> rows(Table& table, std::int64_t after, std::size_t limit);
  std::size_t run(SqliteStatement& statement, Deadline deadline);

  SharedState& m_shared;
  const std::chrono::milliseconds m_patience;
  Writer m_writer;
  Tables m_tables;
  std::unique_ptr<Again> m_again;
};

}  // namespace payhook
