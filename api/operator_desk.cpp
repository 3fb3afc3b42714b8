#include "api/operator_desk.h"

#include <utility>

#include "api/refusal.h"
#include "api/responses.h"

namespace payhook {

TransactionBrowser& OperatorSessions::browser() {
  if (m_browser == nullptr) {
    m_browser = m_store.open_browser();
  }
  return *m_browser;
}

Statistics& OperatorSessions::statistics() {
  if (m_statistics == nullptr) {
    m_statistics = m_store.open_statistics();
  }
  return *m_statistics;
}

Operations& OperatorSessions::operations() {
  if (m_operations == nullptr) {
    m_operations = m_store.open_operations();
  }
  return *m_operations;
}

OperatorDesk::~OperatorDesk() {
  {
    const std::lock_guard lock(m_mutex);
    m_closed = true;
  }
  m_changed.notify_one();
  if (m_thread.joinable()) {
    m_thread.join();
  }
}

void OperatorDesk::serve(Exchange& exchange, Task task) {
  {
    const std::lock_guard lock(m_mutex);
    if (m_queue.size() == k_most_waiting) {
      throw StoreUnavailable("too many operators' requests are waiting");
    }
    if (!m_thread.joinable()) {
      m_thread = std::thread([this] { run(); });
    }
    m_queue.push_back({&exchange, std::move(task)});
  }
  m_changed.notify_one();
}

void OperatorDesk::run() noexcept {
  for (;;) {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_closed || !m_queue.empty(); });
    if (m_queue.empty()) {
      return;
    }
    const bool is_closed = m_closed;
    const Waiting next = std::move(m_queue.front());
    m_queue.pop_front();
    lock.unlock();
    next.exchange->answer(is_closed ? unavailable_response() : response_to(next));
  }
}

HttpResponse OperatorDesk::response_to(const Waiting& waiting) noexcept {
  try {
    return waiting.task(m_sessions);
  } catch (const std::exception& e) {
    return refusal(waiting.exchange->request(), e);
  }
}

}  // namespace payhook
