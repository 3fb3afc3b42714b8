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
  /// In the minor unit of the currency, which has to be there too. Both are inclusive.
  std::optional<std::int64_t> min_minor = {};
  std::optional<std::int64_t> max_minor = {};
};

/// Some of them, and where the next ones are.
struct BrowsePage {
  std::vector<BrowsedTransaction> transactions;
  /// The number of the last one that was looked at: what to ask with for those behind it. Absent
  /// where there are none.
  std::optional<std::int64_t> next;
};

/// What a webhook brought beside the transaction.
struct StoredWebhook {
  std::string body;     ///< the exact bytes received
  std::string headers;  ///< those that are kept, a line each
};

/// One run of a handler.
struct Attempt {
  std::int64_t number = 0;
  Timestamp started_at;
  std::optional<Timestamp> ended_at;  ///< absent while it runs, or where nobody reported its end
  std::string outcome;  ///< PROCESSED, RETRY, FAILED or INTERRUPTED, once it has ended
  std::string reason;
  std::string output;
};

/// Looks through transactions, for people. Every member function is for one thread at a time, and
/// throws StoreUnavailable or StoreBroken.
class TransactionBrowser {
 public:
  virtual ~TransactionBrowser() = default;

  /// How many transactions one call looks at, at most.
  static constexpr std::int64_t k_most_looked_at = 20'000;

  /// The newest first: those that came before the one numbered `before`, at most `limit`. It looks
  /// at a bounded number of transactions, so that it may find fewer though there are more. It looks
  /// only at those that can fit where the filter has a time, or a status that few have; for a
  /// source, an account, a currency or an amount it goes through all that are left.
  ///
  /// A time is found by the order of arrival: where the clock was set back by more than ten
  /// seconds, what came while it repeated itself may be missed.
  virtual BrowsePage list(const BrowseFilter& filter, std::optional<std::int64_t> before,
                          std::size_t limit) = 0;

  /// The other way: those that came after the one numbered `after`, or from the first on where that
  /// is -1. `next` is always there, and what to ask with for those behind; it is `after` where
  /// there are none yet.
  virtual BrowsePage list_newer(const BrowseFilter& filter, std::int64_t after,
                                std::size_t limit) = 0;

  virtual std::optional<BrowsedTransaction> find(std::string_view source,
                                                 std::string_view transaction_id) = 0;

  /// Whether there was a transaction with this id once, of which no more than that is known.
  virtual bool was_pruned(std::string_view source, std::string_view transaction_id) = 0;

  /// Of a transaction that was found.
  virtual StoredWebhook webhook(std::int64_t number) = 0;

  /// Those of a transaction that was found, the newest first: those before the one numbered
  /// `before`, at most `limit`.
  virtual std::vector<Attempt> attempts(std::int64_t number, std::optional<std::int64_t> before,
                                        std::size_t limit) = 0;
};

}  // namespace payhook
