#pragma once

#include <string_view>
#include <type_traits>
#include <variant>

#include "store/processing_queue.h"
#include "store/statistics.h"

namespace payhook {

/// What an attempt's record says of its end, and as what that is counted. It lives as long as the
/// end itself.
struct ToldEnd {
  std::string_view outcome;
  std::string_view counted;
  std::string_view reason = {};
};

inline ToldEnd told(const AttemptEnd& end) {
  return std::visit(
      [](const auto& what) -> ToldEnd {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, Completed>) {
          return {"PROCESSED", counted::k_processed};
        } else if constexpr (std::is_same_v<What, TryAgain>) {
          return {"RETRY", counted::k_retried, what.why};
        } else if constexpr (std::is_same_v<What, GiveUp>) {
          return {"FAILED", counted::k_failed, what.why};
        } else {
          return {"INTERRUPTED", counted::k_interrupted, what.why};
        }
      },
      end);
}

}  // namespace payhook
