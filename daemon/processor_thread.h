#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "core/program_error.h"
#include "core/unique_fd.h"
#include "daemon/processor.h"
#include "service/outage.h"
#include "service/rate_meter.h"

namespace payhook {

/// Runs a processor in a thread of its own: whatever the disk makes that one wait for, the program
/// goes on hearing signals and telling that it is alive. The member functions are for one thread.
class ProcessorThread {
 public:
  /// Called from the thread when the program must end.
  using OnFatal = std::function<void(const ProgramError&)>;

  /// Starts to process. `clock` and `outage` must outlive it. Throws std::system_error.
  ProcessorThread(std::unique_ptr<ProcessingQueue> queue, std::unique_ptr<Upkeep> upkeep,
                  const Clock& clock, Outage& outage, std::chrono::seconds delay, OnFatal on_fatal);

  /// Ends after the transaction at hand.
  ~ProcessorThread();

  ProcessorThread(const ProcessorThread&) = delete;
  ProcessorThread& operator=(const ProcessorThread&) = delete;

  /// Changes the delay; what is due by the new one is processed at once.
  void set_delay(std::chrono::seconds delay) noexcept;

  /// One line for people: how many are processed a second, how many are overdue.
  std::string status();

 private:
  void run() noexcept;
  void interrupt() const noexcept;

  const OnFatal m_on_fatal;
  UniqueFd m_interrupt;
  std::atomic<bool> m_stopping = false;
  Processor m_processor;
  RateMeter m_rate;
  std::thread m_thread;  // last: it uses all the others
};

}  // namespace payhook
