#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.h"
#include "store/deadline.h"
#include "store/errors.h"
#include "store/intake.h"

namespace payhook {

/// What is counted, by its name. A later release may count more.
namespace counted {

// What a webhook came to.
inline constexpr std::string_view k_accepted = "accepted";  ///< a new transaction
inline constexpr std::string_view k_duplicate = "duplicate";
inline constexpr std::string_view k_conflict = "conflict";
inline constexpr std::string_view k_event = "event";
inline constexpr std::string_view k_quarantined = "quarantined";
inline constexpr std::string_view k_not_kept = "not_kept";  ///< there was no room for it

// What processing came to; of an attempt that no longer had its claim, nothing.
inline constexpr std::string_view k_processed = "processed";
inline constexpr std::string_view k_retried = "retried";
inline constexpr std::string_view k_interrupted = "interrupted";
inline constexpr std::string_view k_failed = "failed";

constexpr std::string_view name_of(IntakeResult result) noexcept {
  switch (result) {
    case IntakeResult::CREATED:
      return k_accepted;
    case IntakeResult::DUPLICATE:
      return k_duplicate;
    case IntakeResult::CONFLICT:
      return k_conflict;
    case IntakeResult::EVENT_KEPT:
      return k_event;
    case IntakeResult::QUARANTINED:
      return k_quarantined;
    case IntakeResult::CONFLICT_NOT_KEPT:
    case IntakeResult::NO_ROOM:
    case IntakeResult::REFUSED:
      break;
  }
  return k_not_kept;
}

inline constexpr std::array k_of_webhooks{k_accepted, k_duplicate,   k_conflict,
                                          k_event,    k_quarantined, k_not_kept};

constexpr bool is_of_a_webhook(std::string_view outcome) noexcept {
  return std::find(k_of_webhooks.begin(), k_of_webhooks.end(), outcome) != k_of_webhooks.end();
}

}  // namespace counted

/// How often something has happened to a source since the store counts it, and when last.
struct OutcomeTotal {
  std::string source;
  std::string outcome;
  std::int64_t count = 0;
  Timestamp last_at;
};

/// How often it has happened in some time.
struct OutcomeCount {
  std::string source;
  std::string outcome;
  std::int64_t count = 0;
};

/// How long after they were due transactions were processed, or handed to their handlers: how many
/// of them by how long it was.
class ProcessingLag {
 public:
  /// Up to which lag one is in a bucket. Beyond the last of them is one more bucket.
  static constexpr std::array<std::chrono::milliseconds, 10> k_bounds{
      std::chrono::milliseconds{100}, std::chrono::milliseconds{500}, std::chrono::seconds{1},
      std::chrono::seconds{5},        std::chrono::seconds{10},       std::chrono::seconds{30},
      std::chrono::minutes{1},        std::chrono::minutes{5},        std::chrono::minutes{15},
      std::chrono::hours{1}};

  struct Bucket {
    std::int64_t count = 0;
    std::chrono::milliseconds sum{0};
  };
  using Buckets = std::array<Bucket, k_bounds.size() + 1>;

  /// Where the clock was set back, a negative one is none.
  void add(std::chrono::milliseconds lag) noexcept {
    const auto bound = std::lower_bound(k_bounds.begin(), k_bounds.end(), lag);
    Bucket& bucket = m_buckets[static_cast<std::size_t>(bound - k_bounds.begin())];
    ++bucket.count;
    bucket.sum += std::max(lag, std::chrono::milliseconds{0});
  }

  Buckets& buckets() noexcept { return m_buckets; }
  const Buckets& buckets() const noexcept { return m_buckets; }

 private:
  Buckets m_buckets{};
};

/// How large the store was at the beginning of an hour, or soon after it.
struct SizeSample {
  Timestamp at;
  std::int64_t bytes = 0;
};

/// What keeps the store, and what of that is not as it needs it.
struct EngineReport {
  std::string text;
  std::vector<std::string> doubts;
};

/// With less of disk left a store may be unable to take a webhook soon.
inline constexpr std::int64_t k_no_disk_bytes = std::int64_t{100} << 20;

/// What a store needs to go on.
struct StoreVitals {
  bool is_being_processed = false;              ///< by a service that processes transactions
  std::optional<std::int64_t> disk_bytes_left;  ///< absent where the engine cannot tell
};

/// How the store stands just now.
struct StoreState {
  /// Numbers are counted up to that: there may be more where one is as large.
  static constexpr std::size_t k_most_counted = 10'000;

  bool is_open_to_receive = false;  ///< by a service that stores webhooks
  bool is_being_processed = false;  ///< by a service that processes transactions
  bool is_paused = false;           ///< by an operator: nothing is processed
  std::size_t processing = 0;
  std::size_t due = 0;  ///< of these
  std::optional<Timestamp> oldest_due_at;
  std::size_t failed = 0;
  std::size_t conflicts = 0;
  KeptAmount quarantine{};
  std::optional<Timestamp> newest_created_at;
  std::optional<Timestamp> last_backup_at;
  std::int64_t bytes = 0;  ///< of what the store holds
  std::int64_t unused_bytes =
      0;                       ///< that it has beside them, to be filled again, where it can tell
  std::int64_t log_bytes = 0;  ///< of what is yet to be brought into its place
  std::optional<std::int64_t> disk_bytes_left;  ///< absent where the engine cannot tell
  std::optional<SizeSample> earlier;  ///< how large it was a day ago, or as early after it as known
};

/// What the programs count while they store and process, in the commits in which they do that, and
/// how the store stands. Nothing here is looked for in a table whose size grows. Every member
/// function is for one thread at a time; those that only read throw StoreUnavailable or
/// StoreBroken.
class Statistics {
 public:
  static constexpr std::chrono::days k_by_minute{2};  ///< for so long minutes are told apart
  static constexpr std::chrono::days k_kept{60};      ///< and hours for so long

  virtual ~Statistics() = default;

  /// All that was ever counted, by source and outcome.
  virtual std::vector<OutcomeTotal> totals() = 0;

  /// What happened in the minutes, and, where they are no longer told apart, in the hours, that
  /// began at `since` or later, and before `before`: by source and outcome.
  virtual std::vector<OutcomeCount> counts(Timestamp since, Timestamp before) = 0;

  /// Of all that were ever processed or handed to a handler.
  virtual ProcessingLag processing_lag() = 0;

  virtual StoreState state(Timestamp now) = 0;

  /// In a few system calls: a load balancer may ask many times a second. Reads something, too.
  virtual StoreVitals vitals() = 0;

  virtual EngineReport engine() = 0;

  /// Does a part of what is to be done each hour: makes hours of old minutes, forgets old hours,
  /// and notes how large the store is. Returns whether there may be more. Throws as
  /// WebhookIntake::store() does.
  virtual bool tidy(Timestamp now, Deadline deadline) = 0;
};

}  // namespace payhook
