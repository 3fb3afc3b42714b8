#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace payhook::test {

struct CrashPlan {
  std::size_t webhooks = 20'000;
  std::size_t clients = 64;
  int kills = 10;
  std::uint32_t seed = 1;  ///< decides who is killed when
};

/// What is left after the crashes.
struct CrashReport {
  CrashPlan plan;
  std::size_t acknowledged = 0;
  std::size_t missing = 0;      ///< acknowledged, but not in the database
  std::int64_t duplicated = 0;  ///< ids with more than one row
  std::int64_t rows = 0;
  std::int64_t processed = 0;
  int kills = 0;               ///< moments at which something was killed, while work was left
  std::string integrity = {};  ///< what SQLite says of the file
  std::map<int, std::size_t> answers = {};
  std::chrono::milliseconds duration{0};  ///< of the posting
  std::string logs = {};

  /// Whether every webhook was acknowledged and is there once and PROCESSED, whatever was killed.
  bool is_good() const;
  std::string text() const;
};

/// Posts webhooks through a stack of its own, by clients that retry until 202, while it kills the
/// responder, the daemon or both (SIGKILL) at random moments and starts them again at once.
CrashReport crash_repeatedly(const CrashPlan& plan);

}  // namespace payhook::test
