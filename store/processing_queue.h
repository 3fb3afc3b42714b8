#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/timestamp.h"
#include "payment/transaction.h"
#include "store/deadline.h"
#include "store/errors.h"

namespace payhook {

/// Which claim on which transaction: the store's own numbers. The first of a transaction has
/// attempt 1.
struct Claim {
  std::int64_t transaction = 0;
  std::int64_t attempt = 0;
};

/// A transaction that is this processor's until the lease ends. The attempt is recorded as begun.
struct ClaimedTransaction {
  Claim claim;
  std::int64_t attempts_that_count = 1;  ///< this one too; not those before an operator's requeue
  std::string source;
  Transaction transaction;
  std::string body;     ///< the exact bytes received
  std::string headers;  ///< those that are kept with the body, a line each
  Timestamp created_at;
};

/// How the work on a claimed transaction ended.
struct Completed {};
struct TryAgain {
  Timestamp at;
  std::string why;
};
struct GiveUp {
  std::string why;
};
/// Through no fault of the handler's: the attempt does not count.
struct Interrupted {
  Timestamp at;  ///< when it is due again
  std::string why;
};
using AttemptEnd = std::variant<Completed, TryAgain, GiveUp, Interrupted>;

struct Outcome {
  Claim claim;
  AttemptEnd what;
  std::string output = {};  ///< of the handler, to be kept with the attempt
};

/// A claim that is to last longer.
struct Renewal {
  Claim claim;
  Timestamp lease_end;
};

/// Whether a source's transactions are claimed as they become due, or so that of those of one
/// source_account that were stored to keep their order each begins after the end of the one that
/// came before it.
enum class ClaimOrder : std::uint8_t { DUE, BY_ACCOUNT };

/// What is to be claimed of one source.
struct ClaimRequest {
  std::string source;
  std::size_t limit = 0;
  Timestamp lease_end;
  ClaimOrder order = ClaimOrder::DUE;
};

/// What one step of a processor changes, in its order.
struct ClaimChanges {
  std::span<const Outcome> ended = {};
  std::span<const Renewal> renewed = {};
  std::span<const ClaimRequest> wanted = {};
};

/// A claim whose processor has gone without a word.
struct AbandonedClaim {
  Claim claim;
  std::int64_t attempts_that_count = 1;
  std::string source;
};

/// The transactions of a source that are PROCESSING: when the first is due.
struct SourceQueue {
  std::string source;
  Timestamp next_due_at;
};

struct QueueState {
  bool is_paused = false;            ///< by an operator: nothing is processed or claimed
  std::vector<SourceQueue> sources;  ///< that have any, by their names
};

/// The transactions that are PROCESSING, in the order in which they become due. Every member
/// function is for one thread at a time; any number of queues may work on one store, and each
/// transaction is processed once.
class ProcessingQueue {
 public:
  virtual ~ProcessingQueue() = default;

  /// Throws StoreUnavailable or StoreBroken.
  virtual QueueState state() = 0;

  /// Waits, until `deadline` at most, while others who write have the time for themselves: whoever
  /// gathers what is to be written does so after that. What writes waits for them anyway. Throws as
  /// state() does.
  virtual void let_others_write(Deadline deadline) = 0;

  /// Marks as PROCESSED, at `now`, those of these sources that are due then, at most `limit` of
  /// them: for sources whose transactions are handed to nobody. Returns how many. Leaves others who
  /// write some time between two calls. Throws StoreUnavailable (none is, or all are) or
  /// StoreBroken.
  virtual std::size_t process_due(std::span<const std::string> sources, Timestamp now,
                                  std::size_t limit, Deadline deadline) = 0;

  /// Makes this session the one that claims, for as long as it is open, and returns the claims that
  /// processors have left behind, for it to end. Nothing where another one claims: it is to ask
  /// again, and to claim nothing before. Throws as process_due() does.
  virtual std::optional<std::vector<AbandonedClaim>> take_over(Timestamp now,
                                                               Deadline deadline) = 0;

  /// Ends and renews claims, and then claims what is due at `now`, all durably and in one step. A
  /// claimed transaction is nobody else's until its lease ends; then it is due again, whatever
  /// became of this processor. A claim that is this processor's no longer is left alone: ending it
  /// again does no harm. Throws as process_due() does; then it is unknown which claims were ended,
  /// and those that were made are due again when their leases end.
  virtual std::vector<ClaimedTransaction> finish_and_claim(const ClaimChanges& changes,
                                                           Timestamp now, Deadline deadline) = 0;

  /// How many transactions are due at `now`, counted up to `at_most`. Throws StoreUnavailable or
  /// StoreBroken.
  virtual std::size_t count_due(Timestamp now, std::size_t at_most) = 0;
};

}  // namespace payhook
