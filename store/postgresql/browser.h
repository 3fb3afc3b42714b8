#pragma once

#include <string>

#include "store/browser.h"
#include "store/postgresql/session.h"

namespace payhook::postgresql {

/// Looks through PostgreSQL's table of transactions.
class Browser final : public TransactionBrowser {
 public:
  /// Throws as Session does.
  Browser(const std::string& conninfo, Session::Begin begin);

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
  struct Extent {
    std::int64_t oldest;  ///< of those that are there in a range
    std::int64_t oldest_looked_at;
    std::int64_t newest;
  };

  Range range_of(const BrowseFilter& filter, std::optional<std::int64_t> before);
  std::optional<Extent> extent_of(Range range);
  BrowsePage list_all(const BrowseFilter& filter, Range range, std::size_t limit);
  std::optional<BrowsePage> list_few(const BrowseFilter& filter, Range range, std::size_t limit);

  Session m_session;
};

}  // namespace payhook::postgresql
