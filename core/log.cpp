#include "core/log.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace payhook::log {

namespace {

std::string& program() {
  static std::string name = "payhook";
  return name;
}

/// Under systemd the journal reads the priority from the start of the line and adds the rest.
bool in_journal() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody in these programs writes the environment.
  static const bool set = std::getenv("JOURNAL_STREAM") != nullptr;
  return set;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::ERROR:
      return "error: ";
    case Level::WARNING:
      return "warning: ";
    case Level::INFO:
      break;
  }
  return "";
}

}  // namespace

void set_program(std::string name) { program() = std::move(name); }

void write(Level level, std::string_view text) noexcept {
  std::string line = in_journal() ? fmt::format("<{}>{}\n", static_cast<int>(level), text)
                                  : fmt::format("{}: {}{}\n", program(), name_of(level), text);
  std::replace_if(
      line.begin(), line.end() - 1,
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace payhook::log
