#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "daemon/handlers/handlers.h"

namespace payhook {

/// Posts deliveries to http handlers, any number at once, over connections that it keeps. For one
/// thread, but for wake().
class HttpClient {
 public:
  /// Answers with one of these statuses say that no other attempt will succeed.
  static constexpr int k_gone = 410;
  static constexpr int k_unprocessable = 422;

  /// Throws std::runtime_error where libcurl cannot be used.
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// `sent_at` is what the delivery is signed with. `delivery` has an http handler. Throws
  /// std::runtime_error.
  void post(const Delivery& delivery, Timestamp sent_at);

  /// Waits until something happens to one of them, until `other`, a descriptor, is readable, or
  /// until wake(). Throws std::runtime_error.
  void wait(int other, std::chrono::milliseconds at_most);

  /// Has wait() return. Any thread may call it.
  void wake() noexcept;

  /// Does what has become possible, and returns the results of those that have ended. Throws
  /// std::runtime_error.
  std::vector<AttemptResult> advance();

  /// Breaks all off.
  std::vector<AttemptResult> interrupt();

 private:
  class Transfer;
  class Multi;

  std::unique_ptr<Multi> m_multi;
};

}  // namespace payhook
