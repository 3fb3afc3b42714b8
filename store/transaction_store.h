#pragma once

#include <functional>
#include <memory>

#include "store/browser.h"
#include "store/errors.h"
#include "store/importer.h"
#include "store/intake.h"
#include "store/kept_webhooks.h"
#include "store/operations.h"
#include "store/processing_queue.h"
#include "store/retention.h"
#include "store/statistics.h"
#include "store/status_reader.h"
#include "store/upkeep.h"

namespace payhook {

/// How long the program lives that opens sessions. One that serves a single request has no time for
/// upkeep in the background, and does a bounded share of it at its end, where it is due.
enum class Lifetime { SERVICE, ONE_REQUEST };

/// Something that goes on for as long as it exists.
class StoreWatch {
 public:
  StoreWatch() = default;
  StoreWatch(const StoreWatch&) = delete;
  StoreWatch& operator=(const StoreWatch&) = delete;
  virtual ~StoreWatch() = default;
};

/// Where transactions live. Any thread may open sessions; they must not outlive the store.
///
/// Opening one throws ProgramError when the store cannot be used until an operator has seen to it;
/// for a program of one request, its calls throw StoreUnavailable then, since most need one session
/// or none. That it is away for a while is no reason to end: the session opens, its calls throw
/// StoreUnavailable, and once the store is back they work.
class TransactionStore {
 public:
  virtual ~TransactionStore() = default;

  virtual std::unique_ptr<WebhookIntake> open_intake() = 0;
  virtual std::unique_ptr<StatusReader> open_status_reader() = 0;
  virtual std::unique_ptr<ProcessingQueue> open_processing_queue() = 0;
  virtual std::unique_ptr<KeptWebhooks> open_kept_webhooks() = 0;
  virtual std::unique_ptr<Operations> open_operations() = 0;
  virtual std::unique_ptr<TransactionBrowser> open_browser() = 0;
  virtual std::unique_ptr<Retention> open_retention() = 0;
  virtual std::unique_ptr<Statistics> open_statistics() = 0;
  virtual std::unique_ptr<TransactionImporter> open_importer() = 0;

  /// Which of a store's programs does its upkeep: one keeps it always, and others stand in where
  /// that one has fallen far behind.
  enum class Keeper { ALWAYS, STANDING_IN };
  virtual std::unique_ptr<Upkeep> open_upkeep(Keeper keeper) = 0;

  /// What a program wants to hear of at once, from any thread.
  struct Watcher {
    /// The store breaks while this program asks nothing of it. At most once.
    std::function<void(const StoreBroken&)> on_broken;
    /// An operator may have changed the queue. Now and then without a reason, and never where an
    /// engine cannot tell.
    std::function<void()> on_act = [] {};
  };

  /// After a session has been opened. Nothing where the engine cannot tell. Throws ProgramError or
  /// std::system_error.
  // NOLINTNEXTLINE(performance-unnecessary-value-param): an engine that watches keeps it.
  virtual std::unique_ptr<StoreWatch> watch(Watcher /*watcher*/) { return nullptr; }
};

}  // namespace payhook
