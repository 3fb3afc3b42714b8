#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/clock.h"
#include "daemon/dispatcher.h"
#include "service/outage.h"
#include "store/processing_queue.h"
#include "store/upkeep.h"

namespace payhook {

/// Has what is due processed: hands it to its source's handler, or, where there is none, marks it
/// as PROCESSED. It keeps no state that matters: the store's rows are the queue, so a restart picks
/// up all that became due meanwhile.
class Processor {
 public:
  /// `handlers`, `clock` and `outage`, which is told how it goes, must outlive the processor.
  /// `stop_requested` is asked between two transactions, in the thread of process_due().
  Processor(std::unique_ptr<ProcessingQueue> queue, std::unique_ptr<Upkeep> upkeep,
            Handlers& handlers, const Clock& clock, Outage& outage, const Config& config,
            std::function<bool()> stop_requested);

  /// Processes what is due, in short transactions, and returns when to do so next: at once while
  /// handlers have more to do, when the next becomes due, or a few milliseconds later, or earlier.
  /// A store that is busy or full is logged and tried again a second later. Throws StoreBroken when
  /// the program must end.
  Timestamp process_due();

  /// Begins nothing more, and reports what handlers come to. Returns whether that was all. Throws
  /// StoreBroken.
  bool finish();

  /// Goes on by another configuration. Any thread may call it.
  void configure(const Config& config);

  /// How many it has processed. Any thread may call it.
  std::uint64_t processed() const noexcept { return m_processed + m_dispatcher.processed(); }

  /// How many are due and not yet processed, as of the last seconds, counted up to k_most_counted.
  /// Any thread may call it.
  std::size_t backlog() const noexcept { return m_backlog; }
  static constexpr std::size_t k_most_counted = 100'000;

 private:
  Timestamp process_all_due();
  void count_backlog(Timestamp now);
  bool keep_up();
  std::size_t mark_those_without_handler(const QueueState& state, Timestamp now);
  Timestamp next_due(std::chrono::milliseconds pause);

  const std::unique_ptr<ProcessingQueue> m_queue;
  const std::unique_ptr<Upkeep> m_upkeep;
  const Clock& m_clock;
  Outage& m_outage;
  Dispatcher m_dispatcher;
  std::atomic<std::chrono::seconds> m_delay;
  const std::function<bool()> m_stop_requested;
  std::atomic<std::uint64_t> m_processed = 0;
  std::atomic<std::size_t> m_backlog = 0;
  std::chrono::steady_clock::time_point m_count_again{};
};

}  // namespace payhook
