#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/timestamp.h"
#include "store/browser.h"
#include "store/deadline.h"
#include "store/errors.h"
#include "store/operations.h"

namespace payhook {

/// A transaction that is over, with all that the store has of it.
struct FinishedTransaction {
  BrowsedTransaction row;
  StoredWebhook webhook;
  std::vector<Attempt> attempts;
};

/// Which of them: those with this status that came before then.
struct FinishedFilter {
  std::string status;  ///< PROCESSED or FAILED
  Timestamp before;
};

/// Some of them in the order of their arrival, and where the next ones are.
struct FinishedPage {
  std::vector<FinishedTransaction> transactions;
  std::optional<std::int64_t> next;  ///< what to ask with for those behind; absent at the end
};

/// One of them, as somebody has seen it.
struct FinishedState {
  std::int64_t number = 0;  ///< BrowsedTransaction::number
  std::string status;
  Timestamp processed_at;
};

/// What became of some that were to be pruned.
struct PruneResult {
  std::size_t seen_to = 0;  ///< the first so many of them; others are left for the next call
  std::size_t pruned = 0;   ///< the others of these have changed meanwhile, and stay
};

/// Makes a store smaller: what is old and over is emptied, or forgotten but for its id. What is not
/// over stays as it is. Every member function does a few milliseconds' work, is for one thread at a
/// time and throws as WebhookIntake::store() does.
class Retention {
 public:
  virtual ~Retention() = default;

  /// Empties the bodies and headers of PROCESSED transactions that came before `before`, durably.
  /// One that came later than `now`, by a clock that was wrong, keeps none from being emptied.
  /// Returns whether there may be more.
  virtual bool empty_webhooks(Timestamp before, Timestamp now, Deadline deadline) = 0;

  /// The first of them behind the one numbered `after`. It looks at a bounded number of
  /// transactions, and returns about 4 MiB at most: it may find few or none though there are more.
  /// One whose handler still runs is not among them.
  virtual FinishedPage finished(const FinishedFilter& filter,
                                std::optional<std::int64_t> after) = 0;

  /// Forgets transactions, in the order of their numbers, with their attempts, durably: those that
  /// are still as they were seen. Their webhooks are duplicates or conflicts as before when they
  /// come again. `act` is recorded in the same commit, where there is one and any of them is
  /// forgotten. It may be that the store has other work to do first: then none of them is seen to.
  virtual PruneResult prune(std::span<const FinishedState> transactions, const Act* act,
                            Deadline deadline) = 0;
};

}  // namespace payhook
