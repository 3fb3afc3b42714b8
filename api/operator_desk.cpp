#include "api/operator_desk.h"

#include <chrono>
#include <utility>

#include "api/refusal.h"
#include "api/responses.h"

namespace payhook {

namespace {

// Until a look begins. Who asked has not given up by then.
constexpr std::chrono::seconds k_patience{5};

}  // namespace

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

void OperatorDesk::look(Exchange& exchange, Task task) {
  put(m_looks, {&exchange, exchange.request().arrived_at + k_patience, std::move(task)});
}

void OperatorDesk::act(Exchange& exchange, Deadline deadline, Task task) {
  put(m_acts, {&exchange, deadline, std::move(task)});
}

void OperatorDesk::put(Queue& queue, Waiting waiting) {
  HttpRequest& request = waiting.exchange->request();
  {
    const std::lock_guard lock(m_mutex);
    if (queue.size() == k_most_waiting || m_held_bytes + request.held_bytes > k_most_held_bytes) {
      throw StoreUnavailable("too many operators' requests are waiting");
    }
    if (!m_thread.joinable()) {
      m_thread = std::thread([this] { run(); });
    }
    queue.push_back(std::move(waiting));
    m_held_bytes += request.held_bytes;
    request.body = {};  // it has been read
  }
  m_changed.notify_one();
}

void OperatorDesk::run() noexcept {
  for (;;) {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_closed || !m_acts.empty() || !m_looks.empty(); });
    Queue& queue = m_acts.empty() ? m_looks : m_acts;
    if (queue.empty()) {
      return;
    }
    const bool is_closed = m_closed;
    const Waiting next = std::move(queue.front());
    queue.pop_front();
    m_held_bytes -= next.exchange->request().held_bytes;
    lock.unlock();
    next.exchange->answer(is_closed ? unavailable_response() : response_to(next));
  }
}

HttpResponse OperatorDesk::response_to(const Waiting& waiting) noexcept {
  try {
    if (std::chrono::steady_clock::now() >= waiting.deadline) {
      throw StoreTimeout("other operators' requests took too long");
    }
    return waiting.task(m_sessions);
  } catch (const std::exception& e) {
    return refusal(waiting.exchange->request(), e);
  }
}

}  // namespace payhook
