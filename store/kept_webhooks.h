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

namespace payhook {

/// Where a webhook is kept that did not become a transaction.
enum class KeptIn : std::uint8_t {
  QUARANTINE,  ///< it could not be read
  CONFLICTS,   ///< its id was there with other values
  EVENTS       ///< it is no payment
};

/// One of them, as it came.
struct KeptWebhook {
  std::int64_t id = 0;  ///< the store's own, in the order of their arrival
  std::string source;
  std::string why;  ///< what kept it from becoming a transaction; an event's type
  std::string body;
  std::string headers;
  std::string remote_address;
  Timestamp received_at;
};

/// What operators look at, and decide upon, of the webhooks that became no transactions. Every
/// member function is for one thread at a time.
class KeptWebhooks {
 public:
  virtual ~KeptWebhooks() = default;

  /// Those behind the one with the id `after`, in the order of their ids, at most `limit`. Throws
  /// StoreUnavailable or StoreBroken.
  virtual std::vector<KeptWebhook> list(KeptIn where, std::int64_t after, std::size_t limit) = 0;

  /// Throws as list() does.
  virtual std::optional<KeptWebhook> find(KeptIn where, std::int64_t id) = 0;

  /// Stores what a kept webhook is found to state now, after a mapping was mended for example, and
  /// forgets it if all of that has another place now, in one commit. Returns the results, or
  /// nothing when there is no such webhook. Throws as WebhookIntake::store() does.
  virtual std::vector<IntakeResult> store_again(KeptIn where, std::int64_t id,
                                                std::span<const IncomingWebhook> webhooks,
                                                Deadline deadline) = 0;

  /// Forgets one, durably. Returns whether it was there. Throws as WebhookIntake::store() does.
  virtual bool drop(KeptIn where, std::int64_t id, Deadline deadline) = 0;

  /// Forgets those that came before `before`, durably: of the `limit` oldest. Returns how many.
  /// Throws as WebhookIntake::store() does.
  virtual std::size_t drop_older(KeptIn where, Timestamp before, std::size_t limit,
                                 Deadline deadline) = 0;
};

}  // namespace payhook
