#include "ctl/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace payhook {

namespace {

constexpr std::size_t k_width = 40;
constexpr std::chrono::milliseconds k_between{200};

}  // namespace

Progress::Progress(std::string what, std::FILE* file)
    : m_what(std::move(what)), m_file(file), m_is_terminal(::isatty(::fileno(file)) == 1) {}

Progress::~Progress() {
  if (m_is_drawn) {
    std::fputs("\r\033[K", m_file);
    std::fflush(m_file);
  }
}

void Progress::show(std::uint64_t done, std::uint64_t all) {
  if (!m_is_terminal || std::chrono::steady_clock::now() < m_next) {
    return;
  }
  m_next = std::chrono::steady_clock::now() + k_between;
  if (all == 0) {
    draw(done == 0 ? m_what : fmt::format("{} {}", m_what, done));
    return;
  }
  const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(all));
  const auto filled = static_cast<std::size_t>(part * k_width);
  draw(fmt::format("{} [{:#<{}}{:.<{}}] {:.0f} %", m_what, "", filled, "", k_width - filled,
                   part * 100));
}

void ProgressOfParts::show(std::string_view what, std::uint64_t done, std::uint64_t all) {
  if (m_what != what) {
    m_what = what;
    m_progress.reset();  // before the next one draws
    m_progress.emplace(m_what);
  }
  m_progress->show(done, all);
}

void Progress::draw(std::string_view line) {
  std::fputs(fmt::format("\r\033[K{}", line).c_str(), m_file);
  std::fflush(m_file);
  m_is_drawn = true;
}

}  // namespace payhook
