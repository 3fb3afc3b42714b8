#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "daemon/handlers/handlers.h"
#include "service/config/config.h"
#include "store/processing_queue.h"

namespace payhook {

/// Hands transactions that are due to their handlers, and reports how that ended. What it has in
/// memory is what runs: everything else is the store's, so that a program that is killed leaves
/// claims behind, and no transaction without an owner.
///
/// Member functions are for one thread, but for configure().
class Dispatcher {
 public:
  /// `queue`, `handlers` and `clock` must outlive it.
  Dispatcher(ProcessingQueue& queue, Handlers& handlers, const Clock& clock, const Config& config);

  /// What the next attempts begin by. Any thread may call it.
  void configure(const Config& config);

  /// Those of these queues whose transactions are handed to nobody.
  std::vector<SourceQueue> without_handler(const QueueState& state) const;

  /// Takes results, and ends, renews and makes claims in one commit. Returns whether there may be
  /// more to do at once. Throws as ProcessingQueue does; nothing that it knows is lost then.
  bool step(const QueueState& state);

  /// When step() is to be called next, though no result has come. `state` is the present one.
  Timestamp next_step(const QueueState& state) const;

  /// Takes results and ends claims, for one who is about to end. Throws as step() does.
  void finish();

  /// Whether nothing runs and all is reported.
  bool is_idle() const noexcept { return m_running.empty() && m_ended.empty(); }

  /// How many transactions have become PROCESSED, since the beginning. Any thread may call it.
  std::uint64_t processed() const noexcept { return m_processed; }

 private:
  struct Running {
    Claim claim;
    std::string source;
    std::string transaction_id;
    std::int64_t attempts_that_count;
    std::shared_ptr<const HandlerConfig> handler;
    Timestamp lease_end;
  };

  struct Settings {
    HandlerPlan plan;
    std::size_t most_at_once;
  };

  std::shared_ptr<const Settings> settings() const;
  bool take_over(const Settings& settings, Timestamp now);
  void take_results(Timestamp now);
  void end(const Running& running, AttemptResult result, Timestamp now);
  AttemptEnd try_again(const Running& running, AttemptResult result, Timestamp now);
  static AttemptEnd give_up(const Running& running, std::string reason);
  std::vector<Renewal> renewals(Timestamp now) const;
  std::vector<ClaimRequest> requests(const QueueState& state, const Settings& settings,
                                     Timestamp now) const;
  std::vector<ClaimedTransaction> exchange(const std::vector<ClaimRequest>& wanted, Timestamp now);
  void start(std::vector<ClaimedTransaction> claimed, const Settings& settings, Timestamp now);
  AttemptEnd end_of(const AbandonedClaim& left, const RetryConfig& retry, Timestamp now);
  std::chrono::milliseconds delay_after(std::int64_t attempts, const RetryConfig& retry);
  std::size_t running_of(const std::string& source) const;
  std::size_t free_of(const std::string& source, const Settings& settings) const;

  ProcessingQueue& m_queue;
  Handlers& m_handlers;
  const Clock& m_clock;
  mutable std::mutex m_mutex;
  std::shared_ptr<const Settings> m_settings;
  bool m_claims = false;  // rather than another program
  bool m_waits_for_another = false;
  // By the numbers of the transaction and the attempt.
  std::map<std::pair<std::int64_t, std::int64_t>, Running> m_running;
  std::vector<Outcome> m_ended;  // and not yet reported
  std::atomic<std::uint64_t> m_processed = 0;
  std::minstd_rand m_random{std::random_device()()};
};

}  // namespace payhook
