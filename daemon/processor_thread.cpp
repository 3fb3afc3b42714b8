#include "daemon/processor_thread.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sysexits.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/event_fd.h"
#include "daemon/wake_timer.h"

namespace payhook {

ProcessorThread::ProcessorThread(TransactionStore& store, std::unique_ptr<ProcessingQueue> queue,
                                 const Clock& clock, Outage& outage, const Config& config,
                                 OnFatal on_fatal)
    : m_on_fatal(std::move(on_fatal)),
      m_interrupt(new_eventfd()),
      m_processor(std::move(queue), store.open_upkeep(TransactionStore::Keeper::ALWAYS), clock,
                  outage, config.least_delay(), [this] { return m_stopping.load(); }),
      m_housekeeping(store.open_kept_webhooks(), clock, config.retention),
      m_rate(std::chrono::steady_clock::now()),
      m_thread([this] { run(); }) {}

ProcessorThread::~ProcessorThread() {
  m_stopping = true;
  interrupt();
  m_thread.join();
}

void ProcessorThread::reconfigure(const Config& config) {
  m_processor.set_delay(config.least_delay());
  m_housekeeping.set_retention(config.retention);
  interrupt();
}

std::string ProcessorThread::status() {
  const std::size_t overdue = m_processor.backlog();
  return fmt::format("Processing {:.1f} transactions/s, {}{} overdue",
                     m_rate.per_second(m_processor.processed(), std::chrono::steady_clock::now()),
                     overdue == Processor::k_most_counted ? "at least " : "", overdue);
}

void ProcessorThread::run() noexcept {
  try {
    WakeTimer timer;
    while (!m_stopping) {
      const Timestamp due = m_processor.process_due();
      const Timestamp next = std::min(due, m_housekeeping.step());
      if (timer.sleep_until(next, m_interrupt.get()) == WakeTimer::Woken::INTERRUPTED) {
        eventfd_t times = 0;
        ::eventfd_read(m_interrupt.get(), &times);
      }
    }
  } catch (const ProgramError& e) {
    m_on_fatal(e);
  } catch (const std::exception& e) {
    m_on_fatal(ProgramError(EX_SOFTWARE, e.what()));
  }
}

void ProcessorThread::interrupt() const noexcept { ::eventfd_write(m_interrupt.get(), 1); }

}  // namespace payhook
