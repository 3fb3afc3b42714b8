#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/end_to_end/database.h"
#include "tests/end_to_end/http_client.h"

namespace payhook::test {

/// Clients that post distinct webhooks, each on a connection of its own and each webhook again and
/// again until it is answered 202, as a payment provider does.
class WebhookLoad {
 public:
  /// Starts `clients` threads that post `webhooks` webhooks together, "<prefix>_0" and so on.
  WebhookLoad(std::uint16_t port, std::size_t clients, std::size_t webhooks, std::string prefix);

  /// Stops the clients; what they have not got through stays unacknowledged.
  ~WebhookLoad();
  WebhookLoad(const WebhookLoad&) = delete;
  WebhookLoad& operator=(const WebhookLoad&) = delete;

  /// Waits until every webhook is acknowledged; false when that takes longer than `patience`.
  bool wait(std::chrono::milliseconds patience);

  /// Ends the clients after the answer at hand.
  void stop();

  std::size_t acknowledged() const noexcept { return m_acknowledged_count; }
  std::vector<std::string> acknowledged_ids() const;  ///< call it once the clients have stopped

  /// How often each status was answered; 0 stands for no answer.
  std::map<int, std::size_t> answers() const;

 private:
  void post_all();
  bool post(HttpClient& client, std::size_t number);
  std::string id(std::size_t number) const;

  const std::uint16_t m_port;
  const std::size_t m_webhooks;
  const std::string m_prefix;
  std::atomic<std::size_t> m_next{0};
  std::atomic<std::size_t> m_acknowledged_count{0};
  std::atomic<bool> m_stop{false};
  std::vector<std::atomic<bool>> m_acknowledged;
  mutable std::mutex m_mutex;
  std::map<int, std::size_t> m_answers;
  std::vector<std::thread> m_clients;
};

/// Which of these ids have no row.
std::vector<std::string> missing_from(const Database& database,
                                      const std::vector<std::string>& ids);

/// How many ids have more than one row, counted without the index that forbids it.
std::int64_t duplicated_ids(const Database& database);

}  // namespace payhook::test
