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

/// A transaction that is this processor's until the lease ends.
struct ClaimedTransaction {
  Claim claim;
  std::string source;
  Transaction transaction;
  std::string body;  ///< the exact bytes received
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
struct Outcome {
  Claim claim;
  std::variant<Completed, TryAgain, GiveUp> what;
};

/// The transactions that are PROCESSING, in the order in which they become due. Every member
/// function is for one thread at a time; any number of queues may work on one store, and each
/// transaction is processed once.
class ProcessingQueue {
 public:
  virtual ~ProcessingQueue() = default;

  /// Claims those that are due at `now`, at most `limit`, and durably: nobody else gets them until
  /// `lease_end`, when they are due again, whatever became of this processor. Throws
  /// StoreUnavailable (none is claimed, or all are until their lease ends) or StoreBroken.
  virtual std::vector<ClaimedTransaction> claim(Timestamp now, Timestamp lease_end,
                                                std::size_t limit, Deadline deadline) = 0;

  /// Ends claims, durably, at `now`: a transaction becomes PROCESSED, is due again later, or
  /// becomes FAILED. One whose lease has ended, so that another processor has claimed it since, is
  /// left alone. Returns how many were still this processor's. Throws as claim() does; reporting
  /// again does no harm.
  virtual std::size_t finish(std::span<const Outcome> outcomes, Timestamp now,
                             Deadline deadline) = 0;

  /// Claims and completes in one step, for processing that hands them to nobody: marks as
  /// PROCESSED, at `now`, those that are due then, at most `limit` of them. Returns how many.
  /// Leaves others who write some time between two calls. Throws as claim() does.
  virtual std::size_t process_due(Timestamp now, std::size_t limit, Deadline deadline) = 0;

  /// When the next transaction becomes due, if there is one. Throws StoreUnavailable or
  /// StoreBroken.
  virtual std::optional<Timestamp> next_due_at() = 0;

  /// How many transactions are due at `now`, counted up to `at_most`. Throws StoreUnavailable or
  /// StoreBroken.
  virtual std::size_t count_due(Timestamp now, std::size_t at_most) = 0;
};

}  // namespace payhook
