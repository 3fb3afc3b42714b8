#include "service/config/processor_config.h"

namespace payhook {

namespace {

constexpr std::int64_t k_year_in_seconds = 366L * 86400;

}  // namespace

void ProcessorConfig::read(ConfigSection& section) {
  delay = std::chrono::seconds{
      section.read_integer("delay_seconds", 0, k_year_in_seconds).value_or(delay.count())};
}

}  // namespace payhook
