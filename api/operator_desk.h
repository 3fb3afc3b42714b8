#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "api/exchange.h"
#include "store/deadline.h"
#include "store/transaction_store.h"

namespace payhook {

/// The sessions that operators' requests need, each opened when one first does. For one thread.
class OperatorSessions {
 public:
  /// `store` must outlive it.
  explicit OperatorSessions(TransactionStore& store) : m_store(store) {}

  /// They throw as opening them does.
  TransactionBrowser& browser();
  Statistics& statistics();
  Operations& operations();

 private:
  TransactionStore& m_store;
  std::unique_ptr<TransactionBrowser> m_browser;
  std::unique_ptr<Statistics> m_statistics;
  std::unique_ptr<Operations> m_operations;
};

/// Where operators are served: one after the other, in a thread of its own, which the first of them
/// starts. What they ask for may take as long as a disk takes to find thousands of transactions, or
/// wait for a turn to write; webhooks do not wait for it. Acts go before looks, and have places of
/// their own, so that who may only look keeps nobody from acting.
///
/// Any thread may ask.
class OperatorDesk {
 public:
  /// What is to be done for a request. It may throw whatever error_response() knows.
  using Task = std::function<HttpResponse(OperatorSessions&)>;

  /// `store` must outlive it.
  explicit OperatorDesk(TransactionStore& store) : m_sessions(store) {}

  /// Ends what it is at, and answers 503 to those who wait.
  ~OperatorDesk();

  OperatorDesk(const OperatorDesk&) = delete;
  OperatorDesk& operator=(const OperatorDesk&) = delete;

  /// The exchange gets what the task comes to, or 503 where it has not begun five seconds after the
  /// request arrived. Throws StoreUnavailable when too many wait already, and std::system_error
  /// when there is no thread.
  void look(Exchange& exchange, Task task);

  /// The same for what changes something, which has to begin before `deadline`.
  void act(Exchange& exchange, Deadline deadline, Task task);

 private:
  struct Waiting {
    Exchange* exchange;
    Deadline deadline;
    Task task;
  };
  using Queue = std::deque<Waiting>;

  void put(Queue& queue, Waiting waiting);

  void run() noexcept;
  HttpResponse response_to(const Waiting& waiting) noexcept;

  // In a queue. A person asks for one thing at a time, and a program has no reason to ask for more.
  static constexpr std::size_t k_most_waiting = 64;

  // By all that wait.
  static constexpr std::size_t k_most_held_bytes = std::size_t{16} << 20;

  std::mutex m_mutex;
  std::condition_variable m_changed;
  Queue m_acts;
  Queue m_looks;
  std::size_t m_held_bytes = 0;
  bool m_closed = false;

  OperatorSessions m_sessions;  // used by the thread only
  std::thread m_thread;
};

}  // namespace payhook
