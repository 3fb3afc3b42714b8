#include "service/config/retention_config.h"

namespace payhook {

namespace {

constexpr std::int64_t k_most_days = 36600;
constexpr std::size_t k_max_path_bytes = 3800;  // the names of its files have some, too

}  // namespace

void RetentionConfig::read(ConfigSection& section) {
  const auto days = [&section](std::string_view key, std::optional<std::chrono::days> value) {
    const auto read = section.read_integer(key, 1, k_most_days);
    return read ? std::chrono::days(*read) : value;
  };
  events = days("events_days", events).value_or(events);
  quarantine = days("quarantine_days", quarantine);
  bodies = days("bodies_days", bodies).value_or(bodies);
  processed = days("processed_days", processed);
  section.read_path("archive", archive, k_max_path_bytes);
}

}  // namespace payhook
