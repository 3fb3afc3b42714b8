#include <fmt/format.h>
#include <sys/timex.h>

#include "ctl/doctor/checks.h"
#include "ctl/human_text.h"

namespace payhook::doctor {

using Level = Finding::Level;

Finding check_clock() {
  struct timex kernel {};
  const int state = ::adjtimex(&kernel);
  if (state < 0) {
    return {Level::OK, "whether the clock is synchronised is not known here"};
  }
  return state == TIME_ERROR
             ? Finding{Level::WARNING, "the kernel says that the clock is not synchronised",
                       "timedatectl set-ntp true, or install chrony: signatures and delays go by "
                       "it"}
             : Finding{Level::OK, "the clock is synchronised"};
}

Finding check_clock_against(const std::optional<Timestamp>& newest_created_at, Timestamp now) {
  constexpr std::chrono::minutes k_tolerance{1};
  if (newest_created_at && *newest_created_at > now + k_tolerance) {
    return {
        Level::PROBLEM,
        fmt::format("the newest transaction came at {}, which will be in {}: the clock was set "
                    "back, or had been wrong",
                    format_seconds(*newest_created_at), human_duration(*newest_created_at - now)),
        "set the clock; what waits keeps waiting until it has caught up"};
  }
  return {Level::OK, "no transaction is from the future"};
}

}  // namespace payhook::doctor
