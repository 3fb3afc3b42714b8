#pragma once

#include <chrono>
#include <exception>
#include <mutex>

namespace payhook {

/// How the last opening of a program's sessions went. While the store is away only one of them
/// tries, and only now and then: those who ask have others to serve. Thread-safe.
class LastOpening {
 public:
  /// How long the next opening may wait for others. Throws what the last one failed with when that
  /// was less than a second ago.
  std::chrono::milliseconds patience();

  void succeeded();

  void failed(std::exception_ptr failure);

 private:
  std::mutex m_mutex;
  std::exception_ptr m_failure;
  std::chrono::steady_clock::time_point m_again;
};

}  // namespace payhook
