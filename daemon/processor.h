#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "core/clock.h"
#include "store/transaction_store.h"

namespace payhook {

/// Marks as PROCESSED what has been PROCESSING for the delay. It keeps no state of its own: the
/// store's rows are the queue, so a restart picks up all that became due meanwhile. For one thread.
class Processor {
 public:
  /// `clock` must outlive the processor. `stop_requested` is asked between two transactions.
  Processor(std::unique_ptr<ProcessingQueue> queue, const Clock& clock, std::chrono::seconds delay,
            std::function<bool()> stop_requested);

  /// Processes all that is due, in short transactions, and returns when to do so next: when the
  /// oldest that is left becomes due, or a few milliseconds later, or earlier. Where others write
  /// at the same time, it leaves them the time between two transactions. A store that is busy
  /// or full is logged and tried again a second later. Throws StoreBroken when the program must
  /// end.
  Timestamp process_due();

 private:
  Timestamp process_all_due();
  bool index_ids();
  Timestamp next_due(std::chrono::milliseconds pause);

  const std::unique_ptr<ProcessingQueue> m_queue;
  const Clock& m_clock;
  const std::chrono::seconds m_delay;
  const std::function<bool()> m_stop_requested;
};

}  // namespace payhook
