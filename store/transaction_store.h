#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/program_error.h"
#include "core/timestamp.h"
#include "payment/transaction.h"

namespace payhook {

/// When to give up waiting. Monotonic, so that setting the machine's clock changes no deadline.
using Deadline = std::chrono::steady_clock::time_point;

/// The store could not do it now: the disk is full, or another program keeps the database busy.
/// Worth another try.
class StoreUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The turn to write did not come before the deadline, or another program that takes no turns kept
/// the database busy; nothing was stored.
class StoreTimeout : public StoreUnavailable {
 public:
  using StoreUnavailable::StoreUnavailable;
};

/// What happened to the last write is unknown (a sync failed), or the database is damaged. Nothing
/// more may be written through this store: the program must end, and start again from the disk.
class StoreBroken : public ProgramError {
 public:
  using ProgramError::ProgramError;
};

/// The database is damaged in one place. What does not need that place can still be done.
class StoreDamaged : public StoreBroken {
 public:
  using StoreBroken::StoreBroken;
};

/// One thing could not be done: a place of the disk cannot be read, or what was to be written
/// breaks a rule of the schema. The next one may go well.
class StoreRefused : public StoreUnavailable {
 public:
  using StoreUnavailable::StoreUnavailable;
};

/// A valid webhook, about to be stored.
struct IncomingWebhook {
  Transaction transaction;
  std::string body;    ///< the exact bytes received
  std::string source;  ///< the address that sent them
  Timestamp received_at;
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
  /// once they are synced to disk. Throws StoreTimeout, StoreUnavailable or StoreBroken; which of
  /// them have been stored then is unknown, and storing them again does no harm.
  virtual std::vector<IntakeResult> store(std::span<const IncomingWebhook> webhooks,
                                          Deadline deadline) = 0;

  /// Looks for a transaction and writes, durably, what is there already: for one who wants to know
  /// whether storing works. Throws as store() does.
  virtual void prove_that_it_stores(Deadline deadline) = 0;

  /// Does the upkeep that the processor usually does, where it has fallen far behind, and tells of
  /// what failed in the background. To be called after store(). Throws as store() does.
  virtual void maintain(Deadline deadline) = 0;
};

/// Looks transactions up. Every member function is for one thread at a time.
class StatusReader {
 public:
  virtual ~StatusReader() = default;

  /// The transaction with this id, if there is one. Throws StoreUnavailable or StoreBroken.
  virtual std::optional<StoredTransaction> find(std::string_view transaction_id) = 0;
};

/// The transactions still PROCESSING, oldest first. Every member function is for one thread at a
/// time; any number of queues may work on one store, and each transaction is processed once.
class ProcessingQueue {
 public:
  virtual ~ProcessingQueue() = default;

  struct Step {
    std::size_t processed = 0;
    bool had_to_wait = false;  ///< for others who write: leave them some time
  };

  /// Marks as PROCESSED, at `now`, the oldest of those created at or before `created_until`, at
  /// most `limit` of them, in one durable step. Throws StoreTimeout, StoreUnavailable (nothing was
  /// marked) or StoreBroken.
  virtual Step process_due(Timestamp created_until, Timestamp now, std::size_t limit,
                           Deadline deadline) = 0;

  /// When the oldest transaction that is still PROCESSING was created, if there is one.
  /// Throws StoreUnavailable or StoreBroken.
  virtual std::optional<Timestamp> oldest_created_at() = 0;

  /// How many transactions created at or before `created_until` are still PROCESSING, counted up to
  /// `at_most`. Throws StoreUnavailable or StoreBroken.
  virtual std::size_t count_due(Timestamp created_until, std::size_t at_most) = 0;

  /// Does a short piece of what looking up ids in a large table needs, and tells of what failed in
  /// the background. Returns whether there may be more to do at once. Throws as process_due() does.
  virtual bool index_ids(Deadline deadline) = 0;

  /// Tidies up; to be called when there is nothing to process. Throws as process_due() does.
  virtual void maintain(Deadline deadline) = 0;
};

/// Where transactions live. Any thread may open sessions; they must not outlive the store. Opening
/// one throws ProgramError when the store cannot be used.
class TransactionStore {
 public:
  virtual ~TransactionStore() = default;

  virtual std::unique_ptr<WebhookIntake> open_intake() = 0;
  virtual std::unique_ptr<StatusReader> open_status_reader() = 0;
  virtual std::unique_ptr<ProcessingQueue> open_processing_queue() = 0;
};

}  // namespace payhook
