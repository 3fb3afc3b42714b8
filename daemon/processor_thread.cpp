#include "daemon/processor_thread.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sysexits.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/event_fd.h"
#include "daemon/wake_timer.h"

namespace payhook {

namespace {

// After the end of the handlers' time.
constexpr std::chrono::seconds k_for_the_last_results{3};

// While they end, for a store that takes nothing at the moment.
constexpr std::chrono::milliseconds k_between_looks{100};

}  // namespace

ProcessorThread::ProcessorThread(TransactionStore& store, std::unique_ptr<ProcessingQueue> queue,
                                 const Clock& clock, Outage& outage, const Config& config,
                                 OnFatal on_fatal)
    : m_on_fatal(std::move(on_fatal)),
      m_interrupt(new_eventfd()),
      m_grace(config.processor.stop_grace),
      m_handlers(
          clock, [this] { interrupt(); }, m_on_fatal),
      m_processor(std::move(queue), store.open_upkeep(TransactionStore::Keeper::ALWAYS), m_handlers,
                  clock, outage, config, [this] { return m_stopping.load(); }),
      m_housekeeping(store.open_kept_webhooks(), store.open_retention(), store.open_statistics(),
                     clock, config.retention),
      m_rate(std::chrono::steady_clock::now()),
      m_thread([this] { run(); }) {}

ProcessorThread::~ProcessorThread() {
  m_stopping = true;
  interrupt();
  m_thread.join();
}

void ProcessorThread::reconfigure(const Config& config) {
  m_grace = config.processor.stop_grace;
  m_processor.configure(config);
  m_housekeeping.configure(config.retention);
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
    process_until_stopped();
    let_handlers_end();
  } catch (const ProgramError& e) {
    m_on_fatal(e);
  } catch (const std::exception& e) {
    m_on_fatal(ProgramError(EX_SOFTWARE, e.what()));
  }
}

void ProcessorThread::process_until_stopped() {
  WakeTimer timer;
  while (!m_stopping) {
    const Timestamp due = m_processor.process_due();
    const Timestamp next = std::min(due, m_housekeeping.step());
    if (timer.sleep_until(next, m_interrupt.get()) == WakeTimer::Woken::INTERRUPTED) {
      eventfd_t times = 0;
      ::eventfd_read(m_interrupt.get(), &times);
    }
  }
}

/// What cannot be written then is found by the next processor, as after a crash.
void ProcessorThread::let_handlers_end() {
  const auto grace_end = std::chrono::steady_clock::now() + m_grace.load();
  bool interrupted = false;
  while (!m_processor.finish()) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= grace_end + k_for_the_last_results) {
      return;
    }
    if (now >= grace_end && !interrupted) {
      m_handlers.interrupt();
      interrupted = true;
    }
    pollfd wait_for{m_interrupt.get(), POLLIN, 0};
    ::poll(&wait_for, 1, static_cast<int>(k_between_looks.count()));
    eventfd_t times = 0;
    ::eventfd_read(m_interrupt.get(), &times);
  }
}

void ProcessorThread::interrupt() const noexcept { ::eventfd_write(m_interrupt.get(), 1); }

}  // namespace payhook
