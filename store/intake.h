#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/timestamp.h"
#include "payment/transaction.h"
#include "store/deadline.h"
#include "store/errors.h"

namespace payhook {

/// What a webhook states that can be read.
struct StatedPayment {
  Transaction transaction;
  Timestamp due_at;          ///< when it may be processed
  bool keeps_order = false;  ///< it begins after those of its source and account that came before
};

/// Instead of that: a webhook tells of something else, of this type. It is kept with its like.
struct NoPayment {
  std::string type;
};

/// Instead of that: why an authentic webhook states none. It is kept in the quarantine.
struct Unreadable {
  std::string reason;
};

/// A webhook about to be stored.
struct IncomingWebhook {
  std::string source;  ///< the name of its sender in the configuration; an id is unique within it
  std::variant<StatedPayment, NoPayment, Unreadable> content;
  std::string body;            ///< the exact bytes received
  std::string remote_address;  ///< that sent them, or nothing
  Timestamp received_at;
  std::string headers = {};  ///< those to be kept with the body, a line each
  /// Its sender has proved who it is: what has no other place goes to the quarantine.
  bool is_authentic = false;
};

/// What storing a webhook came to.
enum class IntakeResult {
  CREATED,
  DUPLICATE,          ///< the same five values were there; nothing changed
  CONFLICT,           ///< other values were there; they stand, and the conflict is recorded
  CONFLICT_NOT_KEPT,  ///< the same, but so many of this id are recorded that this one is not
  EVENT_KEPT,         ///< it tells of no payment, and is kept once however often it comes
  QUARANTINED,        ///< it is kept as it came, once however often it comes
  NO_ROOM,            ///< there is no room where it was to be kept, and it is kept nowhere
  REFUSED             ///< the store cannot take this one, and says why in the log
};

/// How many webhooks are kept somewhere, and how many bytes their bodies and headers have.
struct KeptAmount {
  std::int64_t webhooks;
  std::int64_t bytes;

  bool exceeds(const KeptAmount& most) const noexcept {
    return webhooks > most.webhooks || bytes > most.bytes;
  }
};

/// A quarantine takes no more than that: it is for an operator to see to.
inline constexpr KeptAmount k_most_quarantined{100'000, std::int64_t{1} << 30};

/// Past that the oldest event is forgotten for a new one, and past the half of it one from a sender
/// who has proved nothing has no place.
inline constexpr KeptAmount k_most_events{1'000'000, std::int64_t{1} << 30};

/// So many conflicts of an id are recorded: a sender that cannot make up its mind must not fill the
/// disk.
inline constexpr std::int64_t k_conflicts_per_id = 16;

/// Whether storing works: the store has taken any of them, had it already, or had no place for it.
inline bool has_stored_any(std::span<const IntakeResult> results) {
  return std::any_of(results.begin(), results.end(),
                     [](IntakeResult result) { return result != IntakeResult::REFUSED; });
}

/// Stores webhooks. Every member function is for one thread at a time.
class WebhookIntake {
 public:
  virtual ~WebhookIntake() = default;

  /// Stores all the webhooks but those it has no place for, and returns a result for each in their
  /// order once they are synced to disk. Throws StoreUnavailable or StoreBroken; which of them have
  /// been stored then is unknown, and storing them again does no harm.
  virtual std::vector<IntakeResult> store(std::span<const IncomingWebhook> webhooks,
                                          Deadline deadline) = 0;

  /// Looks for a transaction and writes, durably, what is there already: for one who wants to know
  /// whether storing works. Throws as store() does.
  virtual void prove_that_it_stores(Deadline deadline) = 0;
};

}  // namespace payhook
