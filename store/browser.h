#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.h"
#include "store/errors.h"
#include "store/status_reader.h"

namespace payhook {

/// A transaction, with what only operators need.
struct BrowsedTransaction {
  std::int64_t number = 0;  ///< the store's own, in the order of their arrival
  std::string source;
  StoredTransaction stored;
  std::optional<Timestamp> due_at;  ///< while PROCESSING; absent too while it waits for another one
  std::string remote_address;
};

/// Which transactions: those that fit every part that is there.
struct BrowseFilter {
  std::optional<std::string> source = {};
  std::optional<std::string> status = {};
  std::optional<std::string> account = {};   ///< as the source's or the destination's
  std::optional<std::string> currency = {};  ///< in upper case
  std::optional<Timestamp> since = {};       ///< of created_at, inclusive
  std::optional<Timestamp> before = {};      ///< exclusive
};

/// Some of them, and where the next ones are.
struct BrowsePage {
  std::vector<BrowsedTransaction> transactions;
  std::optional<std::int64_t> next;  ///< what to ask with for those behind; absent at the end
};

/// What a webhook brought beside the transaction.
struct StoredWebhook {
  std::string body;     ///< the exact bytes received
  std::string headers;  ///< those that are kept, a line each
};

/// Looks through transactions, for people. Every member function is for one thread at a time, and
/// throws StoreUnavailable or StoreBroken.
class TransactionBrowser {
 public:
  virtual ~TransactionBrowser() = default;

  /// The newest first: those that came before the one numbered `before`, at most `limit`. It looks
  /// at a bounded number of transactions, so that it may find fewer though there are more.
  virtual BrowsePage list(const BrowseFilter& filter, std::optional<std::int64_t> before,
                          std::size_t limit) = 0;

  virtual std::optional<BrowsedTransaction> find(std::string_view source,
                                                 std::string_view transaction_id) = 0;

  /// Of a transaction that was found.
  virtual StoredWebhook webhook(std::int64_t number) = 0;
};

}  // namespace payhook
