#pragma once

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "core/program_error.h"
#include "daemon/handlers/handlers.h"
#include "daemon/handlers/http_client.h"
#include "daemon/handlers/programs.h"

namespace payhook {

/// Runs all handlers in one thread of its own, which waits for all of them at once. It never
/// touches the store: whatever the disk makes others wait for, handlers are served and their time
/// is kept.
class HandlerLoop final : public Handlers {
 public:
  /// `on_result` is called by its thread whenever there is a result to take, and `on_fatal` when it
  /// cannot go on. `clock` must outlive it. Throws std::runtime_error where libcurl cannot be used,
  /// and std::system_error.
  HandlerLoop(const Clock& clock, std::function<void()> on_result,
              std::function<void(const ProgramError&)> on_fatal);

  /// Kills what still runs.
  ~HandlerLoop() override;

  void start(std::vector<Delivery> deliveries) override;
  std::vector<AttemptResult> take_results() override;
  void interrupt() override;

 private:
  void run() noexcept;
  bool take_orders();
  void start_all(const std::vector<Delivery>& deliveries);
  void start_one(const Delivery& delivery);
  void interrupt_all();
  void wait();
  void tell(std::vector<AttemptResult> results);

  const Clock& m_clock;
  const std::function<void()> m_on_result;
  const std::function<void(const ProgramError&)> m_on_fatal;
  HttpClient m_client;
  Programs m_programs;

  std::mutex m_mutex;
  std::vector<Delivery> m_new;
  std::vector<AttemptResult> m_results;
  bool m_interrupt = false;
  bool m_end = false;
  std::thread m_thread;  // last: it uses all the others
};

}  // namespace payhook
