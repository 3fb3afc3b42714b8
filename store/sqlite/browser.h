#pragma once

#include <chrono>

#include "store/browser.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/id_index.h"
#include "store/sqlite/shared_state.h"

namespace payhook {

/// Looks through SQLite's table of transactions.
class SqliteBrowser final : public TransactionBrowser {
 public:
  /// `shared` is not owned. Throws as SqliteConnection does.
  explicit SqliteBrowser(SharedState& shared,
                         std::chrono::milliseconds patience = SqliteConnection::k_patience);

  BrowsePage list(const BrowseFilter& filter, std::optional<std::int64_t> before,
                  std::size_t limit) override;
  std::optional<BrowsedTransaction> find(std::string_view source,
                                         std::string_view transaction_id) override;
  StoredWebhook webhook(std::int64_t number) override;

  /// How many transactions list() looks at.
  static constexpr std::int64_t k_rows_at_once = 20'000;

 private:
  std::optional<std::int64_t> number_before(std::int64_t number);
  static BrowsedTransaction row(const SqliteStatement& statement);

  SqliteConnection m_connection;
  IdIndex m_ids;
  SqliteStatement m_list;
  SqliteStatement m_before;
  SqliteStatement m_find;
  SqliteStatement m_webhook;
};

}  // namespace payhook
