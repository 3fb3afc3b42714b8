#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "api/exchange.h"
#include "service/config.h"
#include "store/intake.h"
#include "store/upkeep.h"

namespace payhook {

/// Batches concurrent webhooks into one durable commit.
///
/// Any thread may submit; one internal thread owns the intake. It takes all that is queued, commits
/// once, and answers each exchange of the batch itself, after the commit is on disk or has failed.
/// At first, and after a failure from time to time, it tries whether storing works: webhooks may be
/// long in coming.
class Committer {
 public:
  struct Limits {
    std::size_t webhooks = 4096;                ///< that may wait at one time
    std::size_t bytes = std::size_t{16} << 20;  ///< that their requests may hold together
    /// For a turn to write, from the arrival on. Senders give up after five seconds, and get their
    /// answer within four: what has begun when the patience ends may take one more.
    std::chrono::milliseconds patience{3000};
    /// That storing works, where nobody knows; without it nothing is proved.
    std::optional<std::chrono::milliseconds> between_proofs{5000};
  };

  /// Tries whether storing works, and starts the thread. `on_broken` is called from there or here,
  /// at most once, when the store broke and the program must end.
  Committer(std::unique_ptr<WebhookIntake> intake, std::unique_ptr<Upkeep> upkeep,
            ConflictAnswer conflicting_duplicate, Limits limits,
            std::function<void(const StoreBroken&)> on_broken);

  /// Takes no more webhooks, commits what is queued, answers it and joins. A store that is not to
  /// be had within a moment is given up, with 503.
  ~Committer();

  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Queues one webhook, and answers `exchange` later. Returns false, and will do neither, when the
  /// queue is full or closed: the caller answers.
  [[nodiscard]] bool submit(IncomingWebhook webhook, Exchange& exchange);

  /// Answers conflicting duplicates so from now on. Any thread may call it.
  void set_conflict_answer(ConflictAnswer answer) noexcept { m_conflicting_duplicate = answer; }

  /// How many rows it has stored since it was started. Any thread may call it.
  std::uint64_t stored() const noexcept { return m_stored; }

  /// How many webhooks wait to be stored. Any thread may call it.
  std::size_t waiting() const noexcept;

 private:
  /// The exchange at each place waits for the webhook at the same place.
  struct Batch {
    std::vector<IncomingWebhook> webhooks;
    std::vector<Exchange*> exchanges;
    std::size_t bytes = 0;
    Deadline deadline;
  };

  void run() noexcept;
  enum class Next { COMMIT, PROVE, END };
  Next take(Batch& batch);
  void prove_that_it_stores() noexcept;
  void commit(const Batch& batch) noexcept;
  std::vector<IntakeResult> store_in_time(const Batch& batch);
  static void report_failure(const Batch& batch, const std::exception& why);
  void report_results(const Batch& batch, const std::vector<IntakeResult>& results);
  void keep_up() noexcept;
  void break_off(const StoreBroken& broken) noexcept;
  void close() noexcept;
  bool is_closed() const noexcept;

  const std::unique_ptr<WebhookIntake> m_intake;
  const std::unique_ptr<Upkeep> m_upkeep;
  std::atomic<ConflictAnswer> m_conflicting_duplicate;
  const Limits m_limits;
  const std::function<void(const StoreBroken&)> m_on_broken;

  mutable std::mutex m_mutex;
  std::condition_variable m_not_idle;
  Batch m_queue;
  bool m_closed = false;

  std::atomic<std::uint64_t> m_stored = 0;
  // Used by the thread only, once it has been started:
  bool m_broken = false;
  bool m_stores = false;  // as far as is known

  std::thread m_thread;  // last: it uses all the others
};

}  // namespace payhook
