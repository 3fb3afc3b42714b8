#include "daemon/handlers/programs.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/system_error.h"

namespace payhook {

namespace {

// Those that are left out of one look come with the next.
constexpr std::size_t k_events_at_once = 256;

}  // namespace

Programs::Programs() : m_epoll(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!m_epoll) {
    throw_errno("epoll_create1");
  }
}

void Programs::start(const Delivery& delivery) {
  Program& program = m_programs.emplace_back(delivery, std::chrono::steady_clock::now());
  try {
    program.watch(m_epoll.get());
  } catch (...) {
    m_programs.pop_back();
    throw;
  }
}

Program::Time Programs::wake_at() const noexcept {
  auto wake_at = Program::Time::max();
  for (const Program& program : m_programs) {
    wake_at = std::min(wake_at, program.wake_at());
  }
  return wake_at;
}

std::vector<AttemptResult> Programs::advance() {
  std::vector<AttemptResult> results;
  const std::set<const void*> news = with_news();
  const auto now = std::chrono::steady_clock::now();
  for (auto program = m_programs.begin(); program != m_programs.end();) {
    const bool is_due = program->wake_at() <= now || news.count(&*program) > 0;
    auto result = is_due ? program->advance(now) : std::nullopt;
    if (result) {
      results.push_back(*std::move(result));
      program = m_programs.erase(program);
    } else {
      ++program;
    }
  }
  return results;
}

/// By their addresses.
std::set<const void*> Programs::with_news() const {
  std::array<epoll_event, k_events_at_once> events{};
  const int count = ::epoll_wait(m_epoll.get(), events.data(), events.size(), 0);
  std::set<const void*> news;
  for (int i = 0; i < count; ++i) {
    news.insert(events.at(static_cast<std::size_t>(i)).data.ptr);
  }
  return news;
}

void Programs::interrupt() noexcept {
  for (Program& program : m_programs) {
    program.interrupt();
  }
}

}  // namespace payhook
