#include "core/log.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <mutex>

namespace payhook::log {

namespace {

std::string& program() {
  static std::string name = "payhook";
  return name;
}

/// Whether standard error is the journal, which reads the priority from the start of a line and
/// adds the rest itself. The variable alone does not tell: shells inherit it.
bool in_journal() {
  static const bool journal = [] {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody in these programs writes the environment.
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    return stream != nullptr && ::fstat(STDERR_FILENO, &status) == 0 &&
           fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
  }();
  return journal;
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

/// A reader that has stopped reading must not stop the program: a pipe that is reported writable
/// has room for PIPE_BUF bytes.
void write_unless_blocked(std::string_view line) {
  static std::mutex mutex;  // or two threads would count on the same room
  const std::lock_guard lock(mutex);
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&out, 1, 0) == 1) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  }
}

}  // namespace

void set_program(std::string name) { program() = std::move(name); }

void write(Level level, std::string_view text) noexcept {
  std::string line = in_journal() ? fmt::format("<{}>{}\n", static_cast<int>(level), text)
                                  : fmt::format("{}: {}{}\n", program(), name_of(level), text);
  std::replace_if(
      line.begin(), line.end() - 1,
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  if (line.size() > PIPE_BUF) {
    line.replace(PIPE_BUF - 4, std::string::npos, "...\n");
  }
  write_unless_blocked(line);
}

}  // namespace payhook::log
