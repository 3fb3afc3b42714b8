#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/timestamp.h"
#include "store/deadline.h"
#include "store/errors.h"
#include "store/intake.h"
#include "store/operations.h"

namespace payhook {

/// Where a webhook is kept that did not become a transaction.
enum class KeptIn : std::uint8_t {
  QUARANTINE,  ///< it could not be read
  CONFLICTS,   ///< its id was there with other values
  EVENTS       ///< it is no payment
};

/// Whether a webhook that was kept there has found another place.
constexpr bool has_left(KeptIn where, IntakeResult result) noexcept {
  switch (result) {
    case IntakeResult::CREATED:
    case IntakeResult::DUPLICATE:
      return true;
    case IntakeResult::CONFLICT:
      return where != KeptIn::CONFLICTS;
    case IntakeResult::EVENT_KEPT:
      return where != KeptIn::EVENTS;
    case IntakeResult::QUARANTINED:
      return where != KeptIn::QUARANTINE;
    case IntakeResult::CONFLICT_NOT_KEPT:
    case IntakeResult::NO_ROOM:
    case IntakeResult::REFUSED:
      break;
  }
  return false;
}

/// What a list tells of one of them.
struct KeptHead {
  std::int64_t id = 0;  ///< the store's own, in the order of their arrival
  std::string source;
  std::string why;  ///< what kept it from becoming a transaction; an event's type
  Timestamp received_at;
  std::size_t body_bytes = 0;
};

/// The five values that a conflict stated, as text.
struct ConflictingValues {
  std::string transaction_id;
  std::string source_account;
  std::string destination_account;
  std::string amount;  ///< the exact decimal
  std::string currency;
};

/// One of them, as it came.
struct KeptWebhook {
  KeptHead head;
  std::string body;
  std::string headers;
  std::string remote_address;
  std::optional<ConflictingValues> values = {};  ///< of a conflict
};

/// Which of them: those that fit every part that is there.
struct KeptFilter {
  std::optional<std::string> source = {};
  std::optional<Timestamp> since = {};  ///< when they came, inclusive
};

/// Some of them, and where the next ones are.
struct KeptPage {
  std::vector<KeptHead> heads;
  std::optional<std::int64_t> next;  ///< what to ask with for those behind; absent at the end
};

/// What operators look at, and decide upon, of the webhooks that became no transactions. What one
/// does with an act is recorded, in the same commit. Every member function is for one thread at a
/// time.
class KeptWebhooks {
 public:
  virtual ~KeptWebhooks() = default;

  /// The newest first: those that came before the one with the id `before`, at most `limit`. It
  /// looks at a bounded number of them, so that it may find fewer though there are more. Throws
  /// StoreUnavailable or StoreBroken.
  virtual KeptPage list(KeptIn where, const KeptFilter& filter, std::optional<std::int64_t> before,
                        std::size_t limit) = 0;

  /// Throws as list() does.
  virtual std::optional<KeptWebhook> find(KeptIn where, std::int64_t id) = 0;

  /// Stores what a kept webhook is found to state now, after a mapping was mended for example, and
  /// forgets it if all of that has another place now, in one commit. Returns the results, or
  /// nothing when there is no such webhook. Throws as WebhookIntake::store() does.
  virtual std::vector<IntakeResult> store_again(KeptIn where, std::int64_t id,
                                                std::span<const IncomingWebhook> webhooks,
                                                const Act& act, Deadline deadline) = 0;

  /// Forgets one, durably. Returns whether it was there. Throws as WebhookIntake::store() does.
  virtual bool drop(KeptIn where, std::int64_t id, const Act& act, Deadline deadline) = 0;

  /// Forgets those that came before `before`, durably: of the `limit` oldest. Returns how many.
  /// Throws as WebhookIntake::store() does.
  virtual std::size_t drop_older(KeptIn where, Timestamp before, std::size_t limit,
                                 Deadline deadline) = 0;
};

}  // namespace payhook
