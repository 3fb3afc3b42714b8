#include "store/sqlite/last_opening.h"

#include <utility>

#include "store/sqlite/connection.h"

namespace payhook {

namespace {

constexpr std::chrono::seconds k_between_tries{1};
constexpr std::chrono::milliseconds k_patience_of_a_try{250};

}  // namespace

std::chrono::milliseconds LastOpening::patience() {
  const std::lock_guard lock(m_mutex);
  if (!m_failure) {
    return SqliteConnection::k_patience;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now < m_again) {
    std::rethrow_exception(m_failure);
  }
  m_again = now + k_between_tries;  // the others wait for how this one goes
  return k_patience_of_a_try;
}

void LastOpening::succeeded() {
  const std::lock_guard lock(m_mutex);
  m_failure = nullptr;
}

void LastOpening::failed(std::exception_ptr failure) {
  const std::lock_guard lock(m_mutex);
  m_failure = std::move(failure);
  m_again = std::chrono::steady_clock::now() + k_between_tries;
}

}  // namespace payhook
