#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "api/exchange.h"

namespace payhook::test {

/// A request without a network, which keeps its answer. A second answer ends the program: a real
/// exchange would by then be another request.
class FakeExchange final : public Exchange {
 public:
  FakeExchange() = default;

  /// A request with these meta-variables.
  explicit FakeExchange(const std::vector<std::pair<std::string, std::string>>& variables,
                        std::string body = "", Cut cut = Cut::NOTHING) {
    for (const auto& [name, value] : variables) {
      m_variables.push_back(name + '=' + value);
    }
    for (const std::string& variable : m_variables) {
      m_list.push_back(variable.c_str());
    }
    m_list.push_back(nullptr);
    m_request.variables = MetaVariables(m_list.data());
    m_request.body = std::move(body);
    m_request.cut = cut;
    give_id(m_request);
  }

  HttpRequest& request() noexcept override { return m_request; }

  void answer(const HttpResponse& response) noexcept override {
    const std::lock_guard lock(m_mutex);
    if (m_response) {
      std::fputs("an exchange was answered twice\n", stderr);
      std::abort();
    }
    m_response = response;
    m_answered.notify_all();
  }

  bool is_answered() const {
    const std::lock_guard lock(m_mutex);
    return m_response.has_value();
  }

  /// Waits for the answer. Throws when it does not come at all.
  HttpResponse wait() const {
    std::unique_lock lock(m_mutex);
    if (!m_answered.wait_for(lock, std::chrono::seconds{60},
                             [this] { return m_response.has_value(); })) {
      throw std::runtime_error("an exchange was never answered");
    }
    return *m_response;
  }

 private:
  std::vector<std::string> m_variables;
  std::vector<const char*> m_list;
  HttpRequest m_request;
  mutable std::mutex m_mutex;
  mutable std::condition_variable m_answered;
  std::optional<HttpResponse> m_response;
};

}  // namespace payhook::test
