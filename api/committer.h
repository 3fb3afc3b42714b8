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
#include <span>
#include <thread>
#include <variant>
#include <vector>

#include "api/exchange.h"
#include "api/intake_answers.h"
#include "api/responder_metrics.h"
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

  /// Tries whether storing works, and starts the thread. `metrics` must outlive it. `on_broken` is
  /// called from there or here, at most once, when the store broke and the program must end.
  Committer(std::unique_ptr<WebhookIntake> intake, std::unique_ptr<Upkeep> upkeep, Limits limits,
            ResponderMetrics& metrics, std::function<void(const StoreBroken&)> on_broken);

  /// Takes no more webhooks, commits what is queued, answers it and joins. A store that is not to
  /// be had within a moment is given up, with 503.
  ~Committer();

  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Queues the webhooks of a request, at least one, which it takes out of the span: they are
  /// stored in one commit, and `exchange` gets then what `answers` has to their results. Returns
  /// false, and does neither, when the queue is full or closed: the caller answers.
  [[nodiscard]] bool submit(std::span<IncomingWebhook> webhooks, Exchange& exchange,
                            std::shared_ptr<const IntakeAnswers> answers);

  /// Calls `tell` with whether storing works: at once where that was found out within the last
  /// seconds, and otherwise from the committer's thread, when it has been tried. Where others wait
  /// for that too long, or too many of them, it does not seem to. It must not throw.
  /// Any thread may ask.
  void ask_whether_it_stores(std::function<void(bool)> tell);

  /// How many rows it has stored since it was started. Any thread may call it.
  std::uint64_t stored() const noexcept { return m_stored; }

  /// How many webhooks wait to be stored. Any thread may call it.
  std::size_t waiting() const noexcept;

 private:
  /// A request that waits for its webhooks, which stand in its batch side by side.
  struct Waiting {
    Exchange* exchange;
    std::shared_ptr<const IntakeAnswers> answers;
    std::size_t webhooks;
  };

  struct Batch {
    std::vector<IncomingWebhook> webhooks;
    std::vector<Waiting> waiting;  ///< in the order of their webhooks
    std::size_t bytes = 0;
    Deadline deadline;
  };

  /// A batch of which nothing may be acknowledged, and what it is answered.
  struct Failed {
    HttpResponse answer;
  };
  using Outcome = std::variant<std::vector<IntakeResult>, Failed>;

  void run() noexcept;
  enum class Next { COMMIT, PROVE, END };
  Next take(Batch& batch);
  void prove_that_it_stores() noexcept;
  void commit(const Batch& batch) noexcept;
  void answer(const Waiting& waiting, const HttpResponse& response) noexcept;
  Outcome try_to_store(const Batch& batch) noexcept;
  std::vector<IntakeResult> store_in_time(const Batch& batch);
  void report_results(const Batch& batch, std::span<const IntakeResult> results);
  template <typename Each>
  static void for_each_webhook(const Batch& batch, const Each& each);
  void found(bool stores) noexcept;
  void keep_up() noexcept;
  void break_off(const StoreBroken& broken) noexcept;
  void close() noexcept;
  bool is_closed() const noexcept;

  const std::unique_ptr<WebhookIntake> m_intake;
  const std::unique_ptr<Upkeep> m_upkeep;
  const Limits m_limits;
  ResponderMetrics& m_metrics;
  const std::function<void(const StoreBroken&)> m_on_broken;

  mutable std::mutex m_mutex;
  std::condition_variable m_not_idle;
  Batch m_queue;
  bool m_closed = false;
  bool m_stores = false;  // as far as is known
  std::optional<std::chrono::steady_clock::time_point> m_known_at;
  std::vector<std::function<void(bool)>> m_asking;
  std::chrono::steady_clock::time_point m_asked_at;  // by the first of them

  std::atomic<std::uint64_t> m_stored = 0;
  // Used by the thread only, once it has been started:
  bool m_broken = false;

  std::thread m_thread;  // last: it uses all the others
};

}  // namespace payhook
