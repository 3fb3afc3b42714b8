#pragma once

#include <cstddef>
#include <optional>

#include "core/timestamp.h"
#include "store/deadline.h"
#include "store/errors.h"

namespace payhook {

/// The transactions still PROCESSING, oldest first. Every member function is for one thread at a
/// time; any number of queues may work on one store, and each transaction is processed once.
class ProcessingQueue {
 public:
  virtual ~ProcessingQueue() = default;

  /// Marks as PROCESSED, at `now`, the oldest of those created at or before `created_until`, at
  /// most `limit` of them, in one durable step. Returns how many. Leaves others who write some time
  /// between two calls. Throws StoreUnavailable (nothing was marked) or StoreBroken.
  virtual std::size_t process_due(Timestamp created_until, Timestamp now, std::size_t limit,
                                  Deadline deadline) = 0;

  /// When the oldest transaction that is still PROCESSING was created, if there is one.
  /// Throws StoreUnavailable or StoreBroken.
  virtual std::optional<Timestamp> oldest_created_at() = 0;

  /// How many transactions created at or before `created_until` are still PROCESSING, counted up to
  /// `at_most`. Throws StoreUnavailable or StoreBroken.
  virtual std::size_t count_due(Timestamp created_until, std::size_t at_most) = 0;
};

}  // namespace payhook
