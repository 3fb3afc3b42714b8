#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "store/intake.h"
#include "store/sqlite/account_order.h"
#include "store/sqlite/events.h"
#include "store/sqlite/id_index.h"
#include "store/sqlite/outcome_counters.h"
#include "store/sqlite/pruned_ids.h"
#include "store/sqlite/quarantine.h"
#include "store/sqlite/shared_state.h"
#include "store/sqlite/writer.h"

namespace payhook {

/// Stores webhooks in SQLite: each call to store() is one transaction with one sync. One webhook
/// that meets a damaged page, or a rule of the schema, keeps no other from being stored.
class SqliteIntake final : public WebhookIntake {
 public:
  /// Whose webhooks it stores: for those of senders a service is known to be receiving.
  enum class From { SENDERS, AN_OPERATOR };

  /// `shared` is not owned. Throws as SqliteConnection does.
  explicit SqliteIntake(SharedState& shared,
                        std::chrono::milliseconds patience = SqliteConnection::k_patience,
                        From from = From::SENDERS);

  std::vector<IntakeResult> store(std::span<const IncomingWebhook> webhooks,
                                  Deadline deadline) override;
  void prove_that_it_stores(Deadline deadline) override;

  /// Has `change` change the database in one transaction, in which it may call
  /// store_in_transaction(), and commits that. Throws as store() does, and what `change` throws.
  void write(Deadline deadline, const std::function<void()>& change);
  IntakeResult store_in_transaction(const IncomingWebhook& webhook);

  /// To prepare statements with that `change` runs.
  SqliteConnection& connection() noexcept { return m_writer.connection(); }

 private:
  std::vector<IntakeResult> store_those_that_can_be(Writer::Turn& turn,
                                                    std::span<const IncomingWebhook> webhooks,
                                                    Deadline deadline);
  std::vector<IntakeResult> store_together(Writer::Turn& turn,
                                           std::span<const IncomingWebhook> webhooks);
  void count(std::span<const IncomingWebhook> webhooks, std::span<const IntakeResult> results);
  template <typename Change>
  void write_in(Writer::Turn& turn, const Change& change);
  IntakeResult store_payment(const IncomingWebhook& webhook, const StatedPayment& payment);
  enum class Known { NOT, WITH_THE_SAME_VALUES, WITH_OTHER_VALUES };
  Known known(std::string_view source, const Transaction& transaction);
  std::optional<Known> known_by(RowId row, const TransactionTexts& texts);
  void insert(const IncomingWebhook& webhook, const StatedPayment& payment);
  IntakeResult record_conflict(const IncomingWebhook& webhook, const Transaction& transaction);
  bool is_recorded(std::string_view source, const Transaction& transaction);

  Writer m_writer;
  IdIndex m_ids;
  SqliteStatement m_insert;
  SqliteStatement m_find;
  PrunedIds m_pruned;
  SqliteStatement m_record_conflict;
  SqliteStatement m_find_conflict;
  AccountOrder m_order;
  SqliteQuarantine m_quarantine;
  SqliteEvents m_events;
  OutcomeCounters m_counters;
};

}  // namespace payhook
