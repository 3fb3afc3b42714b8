#include "tests/end_to_end/webhook_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "tests/end_to_end/program.h"
#include "tests/end_to_end/stack.h"

namespace payhook::test {

namespace {

// A refused client comes back soon, so that it is there when the programs are, but does not take
// from them the processor that they need to start.
constexpr std::chrono::milliseconds k_pause_after_refusal{10};

constexpr std::chrono::seconds k_patience{20};

}  // namespace

WebhookLoad::WebhookLoad(std::uint16_t port, std::size_t clients, std::size_t webhooks,
                         std::string prefix)
    : m_port(port), m_webhooks(webhooks), m_prefix(std::move(prefix)), m_acknowledged(webhooks) {
  for (std::size_t i = 0; i < clients; ++i) {
    m_clients.emplace_back([this] { post_all(); });
  }
}

WebhookLoad::~WebhookLoad() { stop(); }

bool WebhookLoad::wait(std::chrono::milliseconds patience) {
  const bool all = eventually([this] { return acknowledged() == m_webhooks; }, patience);
  stop();
  return all;
}

void WebhookLoad::stop() {
  m_stop = true;
  for (std::thread& client : m_clients) {
    client.join();
  }
  m_clients.clear();
}

std::vector<std::string> WebhookLoad::acknowledged_ids() const {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < m_webhooks; ++i) {
    if (m_acknowledged[i]) {
      ids.push_back(id(i));
    }
  }
  return ids;
}

std::map<int, std::size_t> WebhookLoad::answers() const {
  const std::lock_guard lock(m_mutex);
  return m_answers;
}

void WebhookLoad::post_all() {
  HttpClient client(m_port, k_patience);
  for (std::size_t i = m_next++; i < m_webhooks && !m_stop; i = m_next++) {
    while (!post(client, i)) {
      if (m_stop) {
        return;
      }
      std::this_thread::sleep_for(k_pause_after_refusal);
    }
  }
}

bool WebhookLoad::post(HttpClient& client, std::size_t number) {
  int status = 0;
  try {
    status = client.post_json(k_webhooks, webhook(id(number))).status;
  } catch (const NoAnswer&) {
    client.close();
  }
  if (status == 202) {
    m_acknowledged[number] = true;
    ++m_acknowledged_count;
  }
  const std::lock_guard lock(m_mutex);
  ++m_answers[status];
  return status == 202;
}

std::string WebhookLoad::id(std::size_t number) const {
  return fmt::format("{}_{}", m_prefix, number);
}

std::vector<std::string> missing_from(const Database& database,
                                      const std::vector<std::string>& ids) {
  const std::vector<std::string> rows = database.texts("SELECT transaction_id FROM transactions");
  const std::unordered_set<std::string> stored(rows.begin(), rows.end());
  std::vector<std::string> missing;
  std::copy_if(ids.begin(), ids.end(), std::back_inserter(missing),
               [&](const std::string& id) { return stored.count(id) == 0; });
  return missing;
}

std::int64_t duplicated_ids(const Database& database) {
  return database.number(
      "SELECT count(*) FROM (SELECT 1 FROM transactions NOT INDEXED "
      "GROUP BY +transaction_id HAVING count(*) > 1)");
}

}  // namespace payhook::test
