#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <stdexcept>

#include "api/exchange.h"

namespace payhook::test {

/// A request without a network, which keeps its answer. A second answer ends the program: a real
/// exchange would by then be another request.
class FakeExchange final : public Exchange {
 public:
  FakeExchange() = default;
  explicit FakeExchange(HttpRequest request) : m_request(std::move(request)) {}

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
  HttpRequest m_request;
  mutable std::mutex m_mutex;
  mutable std::condition_variable m_answered;
  std::optional<HttpResponse> m_response;
};

}  // namespace payhook::test
