#include "service/config/processor_config.h"

namespace payhook {

namespace {

constexpr std::int64_t k_year_in_seconds = 366L * 86400;
constexpr std::int64_t k_most_handlers = 256;
constexpr std::int64_t k_longest_grace = 3600;

}  // namespace

void ProcessorConfig::read(ConfigSection& section) {
  delay = std::chrono::seconds{
      section.read_integer("delay_seconds", 0, k_year_in_seconds).value_or(delay.count())};
  if (const auto most = section.read_integer("handlers_at_once", 1, k_most_handlers)) {
    handlers_at_once = static_cast<std::size_t>(*most);
  }
  stop_grace = std::chrono::seconds{
      section.read_integer("stop_grace_seconds", 0, k_longest_grace).value_or(stop_grace.count())};
}

}  // namespace payhook
