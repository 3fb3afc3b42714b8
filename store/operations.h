#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/timestamp.h"
#include "store/deadline.h"
#include "store/errors.h"

namespace payhook {

/// What an operator's act is recorded with.
struct Act {
  std::string who;
  std::string why;
  Timestamp at;
};

/// What becomes the last error of a transaction that is cancelled.
inline std::string error_of_cancelled(std::string_view why) {
  return "cancelled: " + std::string(why);
}

/// What became of an act on one transaction.
enum class ActResult : std::uint8_t {
  DONE,
  NOT_FOUND,     ///< there is no such transaction
  WRONG_STATUS,  ///< it has another status than this can be done in, and nothing changed
  RUNNING        ///< its handler still runs, though it was cancelled, and nothing changed
};

/// What is done with a store as a whole, and recorded in it: `why` of the act is the backup's file.
enum class WholeStoreAct : std::uint8_t { BACKUP, RESTORE };

/// Which transactions that have FAILED: all that fit every part that is there.
struct FailedFilter {
  std::optional<std::string> source = {};
  std::optional<Timestamp> since = {};   ///< when they failed, inclusive
  std::optional<Timestamp> before = {};  ///< exclusive
};

/// What operators do to the queue. Each act is recorded, with who did it and why, in the same
/// commit. Every member function is for one thread at a time; those that change something throw as
/// WebhookIntake::store() does, the others StoreUnavailable or StoreBroken.
class Operations {
 public:
  virtual ~Operations() = default;

  /// Puts a FAILED transaction back into the queue: it is due at once, with all its attempts before
  /// it again.
  virtual ActResult requeue(std::string_view source, std::string_view transaction_id,
                            const Act& act, Deadline deadline) = 0;

  /// The same with the `limit` of them that failed first, before the act. Returns how many there
  /// were; fewer than `limit` means that there are no more.
  virtual std::size_t requeue_failed(const FailedFilter& filter, std::size_t limit, const Act& act,
                                     Deadline deadline) = 0;

  /// A PROCESSING transaction becomes FAILED, with the reason. A handler that runs is not ended,
  /// but its outcome is only recorded.
  virtual ActResult cancel(std::string_view source, std::string_view transaction_id, const Act& act,
                           Deadline deadline) = 0;

  /// Has a PROCESSED transaction processed once more.
  virtual ActResult replay(std::string_view source, std::string_view transaction_id, const Act& act,
                           Deadline deadline) = 0;

  /// Processing stops, until resume(): what is being handled goes on to its end, and nothing more
  /// begins. Returns false where it was so already.
  virtual bool pause(const Act& act, Deadline deadline) = 0;
  virtual bool resume(const Act& act, Deadline deadline) = 0;

  /// Records what has been done with all of the store: StoreState tells of the last backup.
  virtual void record(WholeStoreAct what, const Act& act, Deadline deadline) = 0;
};

}  // namespace payhook
