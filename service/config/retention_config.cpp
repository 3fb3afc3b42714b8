#include "service/config/retention_config.h"

namespace payhook {

namespace {

constexpr std::int64_t k_most_days = 36600;

}  // namespace

void RetentionConfig::read(ConfigSection& section) {
  events = std::chrono::days(
      section.read_integer("events_days", 1, k_most_days).value_or(events.count()));
  if (const auto days = section.read_integer("quarantine_days", 1, k_most_days)) {
    quarantine = std::chrono::days(*days);
  }
}

}  // namespace payhook
