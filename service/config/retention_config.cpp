#include "service/config/retention_config.h"

namespace payhook {

namespace {

constexpr std::int64_t k_most_days = 36600;

}  // namespace

void RetentionConfig::read(ConfigSection& section) {
  events = std::chrono::days(section.read_integer("events_days", events.count(), 1, k_most_days));
  if (section.has("quarantine_days")) {
    quarantine = std::chrono::days(section.read_integer("quarantine_days", 0, 1, k_most_days));
  }
}

}  // namespace payhook
