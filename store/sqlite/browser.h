#pragma once

#include <chrono>

#include "store/browser.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/id_index.h"
#include "store/sqlite/late_rows.h"
#include "store/sqlite/pruned_ids.h"
#include "store/sqlite/shared_state.h"
#include "store/sqlite/stored_attempts.h"

namespace payhook {

/// Looks through SQLite's table of transactions.
class SqliteBrowser final : public TransactionBrowser {
 public:
  /// `shared` is not owned. Throws as SqliteConnection does.
  explicit SqliteBrowser(SharedState& shared,
                         std::chrono::milliseconds patience = SqliteConnection::k_patience);

  BrowsePage list(const BrowseFilter& filter, std::optional<std::int64_t> before,
                  std::size_t limit) override;
  BrowsePage list_newer(const BrowseFilter& filter, std::int64_t after, std::size_t limit) override;
  std::optional<BrowsedTransaction> find(std::string_view source,
                                         std::string_view transaction_id) override;
  bool was_pruned(std::string_view source, std::string_view transaction_id) override;
  StoredWebhook webhook(std::int64_t number) override;
  std::vector<Attempt> attempts(std::int64_t number, std::optional<std::int64_t> before,
                                std::size_t limit) override;

 private:
  /// Numbers from `first` to before `end`.
  struct Range {
    std::int64_t first;
    std::int64_t end;
  };

  Range range_of(const BrowseFilter& filter, std::optional<std::int64_t> before);
  std::int64_t first_since(const std::string& time, std::int64_t begin);
  std::optional<std::int64_t> number_before(std::int64_t number);
  std::optional<std::int64_t> number_from(std::int64_t number);
  std::optional<std::vector<std::int64_t>> few_with(const std::optional<std::string>& status);
  BrowsePage list_these(std::vector<std::int64_t> numbers, const BrowseFilter& filter, Range range,
                        std::size_t limit);
  BrowsePage list_all(const BrowseFilter& filter, Range range, std::size_t limit);
  static void bind_range(SqliteStatement& statement, Range range);
  static void add_rows(SqliteStatement& statement, const BrowseFilter& filter, std::size_t limit,
                       BrowsePage& page);
  std::optional<BrowsedTransaction> find_once(std::string_view source,
                                              std::string_view transaction_id);
  std::optional<BrowsedTransaction> find_not_indexed(std::string_view source,
                                                     std::string_view transaction_id);
  static BrowsedTransaction row(const SqliteStatement& statement);

  const Lifetime m_lifetime;
  bool m_has_looked_up = false;
  SqliteConnection m_connection;
  IdIndex m_ids;
  SqliteStatement m_list;
  SqliteStatement m_list_newer;
  SqliteStatement m_list_these;
  SqliteStatement m_failed;
  SqliteStatement m_processing;
  SqliteStatement m_from;
  LateRows m_late;
  SqliteStatement m_before;
  SqliteStatement m_find;
  SqliteStatement m_find_not_indexed;
  PrunedIds m_pruned;
  SqliteStatement m_webhook;
  StoredAttempts m_attempts;
};

}  // namespace payhook
