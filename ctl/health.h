#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/timestamp.h"
#include "ctl/context.h"
#include "ctl/finding.h"
#include "store/statistics.h"

namespace payhook {

/// How many webhooks, of whatever came of them.
struct WebhookRates {
  std::int64_t last_minute = 0;  ///< and in the one that runs, as in the others
  std::int64_t last_hour = 0;
  std::int64_t last_day = 0;
};

/// What comes from one source.
struct SourceHealth {
  std::string name;
  std::optional<Timestamp> last_webhook_at;
  WebhookRates webhooks;
};

/// How payhook is.
struct Health {
  Timestamp at;                       ///< when that was looked at
  bool has_socket = false;            ///< a web server reaches the responder through
  std::vector<SourceHealth> sources;  ///< that are configured, or have ever sent anything
  WebhookRates webhooks;              ///< of all of them
  std::int64_t conflicts_last_day = 0;
  std::int64_t not_kept_last_day = 0;
  StoreState store;
};

/// Looks. Each question is answered by an index or a counter, or has a bound: no table is gone
/// through. Throws what the store throws.
Health look(Context& context);

/// What grows in a day, by what was noted a day ago or since; nothing where that is not known.
std::optional<std::int64_t> bytes_a_day(const Health& health);

/// How many days the disk has room for that; nothing where it is not known, or nothing grows.
std::optional<std::int64_t> days_left(const Health& health);

/// From when on it is wrong, for people and for monitoring.
inline constexpr std::chrono::minutes k_late{5};
inline constexpr std::chrono::minutes k_very_late{15};
inline constexpr std::chrono::days k_old_backup{2};
inline constexpr std::int64_t k_large_log_bytes = std::int64_t{96} << 20;
inline constexpr std::int64_t k_few_days_left = 7;
inline constexpr std::int64_t k_no_days_left = 1;
inline constexpr std::int64_t k_little_disk_bytes = std::int64_t{1} << 30;

/// What is wrong, and what to do about it; nothing where all is well.
std::vector<Finding> what_is_wrong(const Health& health);

}  // namespace payhook
