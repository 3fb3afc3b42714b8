#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "core/program_error.h"
#include "core/unique_fd.h"
#include "daemon/handlers/handler_loop.h"
#include "daemon/housekeeping.h"
#include "daemon/processor.h"
#include "service/config/config.h"
#include "service/outage.h"
#include "service/rate_meter.h"
#include "store/transaction_store.h"

namespace payhook {

/// Runs a processor, and the housekeeping, in a thread of their own: whatever the disk makes it
/// wait for, the program goes on hearing signals and telling that it is alive. The member functions
/// are for one thread, but for look().
class ProcessorThread {
 public:
  /// Called from the thread when the program must end.
  using OnFatal = std::function<void(const ProgramError&)>;

  /// Starts to process. `store`, `clock` and `outage` must outlive it. Throws as TransactionStore
  /// does, and std::system_error.
  ProcessorThread(TransactionStore& store, std::unique_ptr<ProcessingQueue> queue,
                  const Clock& clock, Outage& outage, const Config& config, OnFatal on_fatal);

  /// Ends after the transaction at hand, and after the handlers that run, which have a while for
  /// that and are ended then.
  ~ProcessorThread();

  ProcessorThread(const ProcessorThread&) = delete;
  ProcessorThread& operator=(const ProcessorThread&) = delete;

  /// Goes on with another configuration; what is due by its delays is processed at once.
  void reconfigure(const Config& config);

  /// Has it look at the queue at once. From any thread.
  void look() const noexcept { interrupt(); }

  /// One line for people: how many are processed a second, how many are overdue.
  std::string status();

 private:
  void run() noexcept;
  void process_until_stopped();
  void let_handlers_end();
  void interrupt() const noexcept;

  const OnFatal m_on_fatal;
  UniqueFd m_interrupt;
  std::atomic<bool> m_stopping = false;
  std::atomic<std::chrono::seconds> m_grace;
  HandlerLoop m_handlers;
  Processor m_processor;
  Housekeeping m_housekeeping;
  RateMeter m_rate;
  std::thread m_thread;  // last: it uses all the others
};

}  // namespace payhook
