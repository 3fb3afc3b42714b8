#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

/// The programs' log: lines on standard error. Each is written with one call, so lines of several
/// threads and processes do not mix. Bodies, accounts and amounts are never logged.
namespace payhook::log {

/// Names the program at the start of every line. Call it before any thread starts.
void set_program(std::string name);

/// The numbers are syslog's priorities.
enum class Level { ERROR = 3, WARNING = 4, INFO = 6 };

/// Writes one line; a line that cannot be written at once is dropped, and one of more than
/// PIPE_BUF bytes is cut. Control characters in `text` are
/// written as '?', so that nobody can forge a line.
void write(Level level, std::string_view text) noexcept;

template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::ERROR, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::WARNING, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::INFO, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace payhook::log
