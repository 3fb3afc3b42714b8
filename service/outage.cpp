#include "service/outage.h"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace payhook {

namespace {

constexpr auto k_readable =
    std::filesystem::perms::owner_read | std::filesystem::perms::owner_write |
    std::filesystem::perms::group_read | std::filesystem::perms::others_read;
constexpr auto k_told = "told";
constexpr auto k_untold = "untold";

}  // namespace

Outage::Outage(const Clock& clock, std::string work, std::filesystem::path runtime_directory)
    : m_clock(clock), m_work(std::move(work)), m_directory(std::move(runtime_directory)) {
  if (!m_directory.empty()) {
    read();
  }
}

/// What is not there, or not ours, is none.
void Outage::read() {
  std::ifstream file(m_directory / "outage");
  std::string since;
  std::string told;
  if (file >> since >> told && std::getline(file >> std::ws, m_state.why)) {
    try {
      m_state.since = parse_timestamp(since);
      m_state.told = told == k_told;
      m_under_way = true;
    } catch (const std::invalid_argument&) {
      return;
    }
  }
}

void Outage::failed(std::string_view why) {
  const std::lock_guard lock(m_mutex);
  m_state.why = why;
  if (!m_under_way) {
    m_state.since = m_clock.now();
    m_state.told = false;
    m_under_way = true;
    keep();
  }
  tell_if_it_lasts();
}

void Outage::end() {
  const std::lock_guard lock(m_mutex);
  if (!m_under_way.exchange(false)) {
    return;
  }
  if (m_state.told) {
    tell(log::Event::OUTAGE_OVER,
         fmt::format("Can {} again since {}; could not since {}: {}", m_work,
                     format_seconds(m_clock.now()), format_seconds(m_state.since), m_state.why));
  }
  if (!m_directory.empty()) {
    std::error_code ignored;
    std::filesystem::remove(m_directory / "outage", ignored);
  }
}

std::string Outage::status(const std::string& usual) {
  const std::lock_guard lock(m_mutex);
  tell_if_it_lasts();
  return m_under_way ? fmt::format("{}. {}", description(), usual) : usual;
}

/// With m_mutex held, as all that follow.
void Outage::tell_if_it_lasts() {
  if (m_under_way && !m_state.told && m_clock.now() - m_state.since >= k_lasting) {
    m_state.told = true;
    tell(log::Event::OUTAGE, description());
    keep();
  }
}

/// The line in the log does not depend on the files, nor the program on either.
void Outage::tell(log::Event event, const std::string& text) const {
  log::report(event, "{}", text);
  write_file("alert", text);
}

std::string Outage::description() const {
  return fmt::format("Cannot {} since {}: {}", m_work, format_seconds(m_state.since), m_state.why);
}

void Outage::keep() const {
  write_file("outage", fmt::format("{} {} {}", format_milliseconds(m_state.since),
                                   m_state.told ? k_told : k_untold, m_state.why));
}

/// A line, whole or not at all, for anyone to read at any time.
void Outage::write_file(const char* name, const std::string& line) const {
  if (m_directory.empty()) {
    return;
  }
  const std::filesystem::path unfinished = m_directory / "unfinished";
  std::ofstream stream(unfinished, std::ios::trunc);
  stream << line << std::endl;
  std::error_code error;
  std::filesystem::permissions(unfinished, k_readable, error);
  if (stream && !error) {
    std::filesystem::rename(unfinished, m_directory / name, error);
  }
  if (!stream || error) {
    log::report(log::Event::STORE_FAILURE, "cannot write {}, so nobody may be alerted",
                (m_directory / name).string());
  }
}

}  // namespace payhook
