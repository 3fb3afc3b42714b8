#pragma once

#include "store/sqlite_connection.h"
#include "store/transaction_store.h"

namespace payhook {

/// Stores webhooks in SQLite: each call to store() is one transaction with one sync.
class SqliteIntake final : public WebhookIntake {
 public:
  explicit SqliteIntake(const std::filesystem::path& database);

  std::vector<IntakeResult> store(std::span<const IncomingWebhook> webhooks,
                                  Deadline deadline) override;
  void maintain(Deadline deadline) override;

 private:
  IntakeResult store_one(const IncomingWebhook& webhook);
  bool insert(const IncomingWebhook& webhook);
  bool is_stored_as(const Transaction& transaction);
  void record_conflict(const IncomingWebhook& webhook);

  SqliteConnection m_connection;
  SqliteStatement m_insert;
  SqliteStatement m_find;
  SqliteStatement m_record_conflict;
};

}  // namespace payhook
