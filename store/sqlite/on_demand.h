#pragma once

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "core/program_error.h"
#include "store/errors.h"
#include "store/sqlite/last_opening.h"

namespace payhook {

/// A session that is opened when it is needed, and again where that did not succeed. For one thread
/// at a time.
template <typename Session>
class OnDemand {
 public:
  using Open = std::function<std::unique_ptr<Session>(std::chrono::milliseconds patience)>;

  /// `last` is not owned.
  OnDemand(LastOpening& last, Open open) : m_last(last), m_open(std::move(open)) {}

  /// Opens it. That the store is away for now is not thrown here, but by session(). Throws
  /// ProgramError.
  void open() {
    try {
      try_to_open(std::chrono::milliseconds::max());
    } catch (const StoreUnavailable&) {
      return;
    }
  }

  /// Opens it where it is not, waiting for others no longer than `most`. Throws StoreUnavailable
  /// where it cannot be opened, and StoreBroken.
  Session& session(std::chrono::milliseconds most = std::chrono::milliseconds::max()) {
    if (m_session == nullptr) {
      try {
        try_to_open(most);
      } catch (const StoreBroken&) {
        throw;
      } catch (const ProgramError& e) {
        // Whoever has begun goes on: an operator may be seeing to it.
        const StoreUnavailable failure(e.what());
        m_last.failed(std::make_exception_ptr(failure));
        throw failure;
      }
    }
    return *m_session;
  }

 private:
  void try_to_open(std::chrono::milliseconds most) {
    const auto patience = std::min(m_last.patience(), most);
    try {
      m_session = m_open(patience);
    } catch (const StoreUnavailable&) {
      m_last.failed(std::current_exception());
      throw;
    }
    m_last.succeeded();
  }

  LastOpening& m_last;
  const Open m_open;
  std::unique_ptr<Session> m_session;
};

}  // namespace payhook
