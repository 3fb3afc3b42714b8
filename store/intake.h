#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "core/timestamp.h"
#include "payment/transaction.h"
#include "store/deadline.h"
#include "store/errors.h"

namespace payhook {

/// A valid webhook, about to be stored.
struct IncomingWebhook {
  std::string source;  ///< the name of its sender in the configuration; an id is unique within it
  Transaction transaction;
  std::string body;            ///< the exact bytes received
  std::string remote_address;  ///< that sent them, or nothing
  Timestamp received_at;
  Timestamp due_at;  ///< when it may be processed
};

/// What storing a webhook came to. Its transaction_id is on disk, unless it is REFUSED.
enum class IntakeResult {
  CREATED,
  DUPLICATE,          ///< the same five values were there; nothing changed
  CONFLICT,           ///< other values were there; they stand, and the conflict is recorded
  CONFLICT_NOT_KEPT,  ///< the same, but so many of this id are recorded that this one is not
  REFUSED             ///< the store cannot take this one, and says why in the log
};

/// Whether the transaction_id of any of them is on disk.
inline bool has_stored_any(std::span<const IntakeResult> results) {
  return std::any_of(results.begin(), results.end(),
                     [](IntakeResult result) { return result != IntakeResult::REFUSED; });
}

/// Stores webhooks. Every member function is for one thread at a time.
class WebhookIntake {
 public:
  virtual ~WebhookIntake() = default;

  /// Stores all the webhooks but those it refuses, and returns a result for each in their order
  /// once they are synced to disk. Throws StoreUnavailable or StoreBroken; which of them have been
  /// stored then is unknown, and storing them again does no harm.
  virtual std::vector<IntakeResult> store(std::span<const IncomingWebhook> webhooks,
                                          Deadline deadline) = 0;

  /// Looks for a transaction and writes, durably, what is there already: for one who wants to know
  /// whether storing works. Throws as store() does.
  virtual void prove_that_it_stores(Deadline deadline) = 0;
};

}  // namespace payhook
