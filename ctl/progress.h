#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace payhook {

/// How far long work is: a bar on standard error where that is a terminal, and nothing where it is
/// none. It is drawn a few times a second at most, and wiped out at the end. For one thread.
class Progress {
 public:
  /// `what` is done, as "copying". `file` is not owned.
  explicit Progress(std::string what, std::FILE* file = stderr);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// `done` of `all` units; 0 of all where nobody knows how many there will be, and 0 of both where
  /// nobody counts them.
  void show(std::uint64_t done, std::uint64_t all);

 private:
  void draw(std::string_view line);

  const std::string m_what;
  std::FILE* const m_file;
  const bool m_is_terminal;
  std::chrono::steady_clock::time_point m_next{};
  bool m_is_drawn = false;
};

/// The same for work of several parts, one after the other: a bar for each.
class ProgressOfParts {
 public:
  /// `what` is the part that is being done.
  void show(std::string_view what, std::uint64_t done, std::uint64_t all);

 private:
  std::string m_what;
  std::optional<Progress> m_progress;
};

}  // namespace payhook
