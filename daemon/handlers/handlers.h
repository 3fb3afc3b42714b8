#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/config/handler_config.h"
#include "store/processing_queue.h"

namespace payhook {

/// A transaction on its way to its handler.
struct Delivery {
  ClaimedTransaction claimed;
  std::shared_ptr<const HandlerConfig> handler;
};

/// How an attempt ended.
struct AttemptResult {
  enum class End : std::uint8_t {
    DONE,
    TRY_AGAIN,
    GIVE_UP,     ///< the handler has said that no other attempt will succeed
    INTERRUPTED  ///< by us, or we had not what it takes
  };
  Claim claim;
  End end = End::DONE;
  std::string reason = {};  ///< a short sentence, where it is not DONE
  std::string output = {};  ///< the last of what the handler said, at most k_most_output_bytes
  std::optional<std::chrono::seconds> retry_after = {};  ///< where somebody has said when
};

/// Of what a handler says, the bytes that are kept.
inline constexpr std::size_t k_most_output_bytes = 4096;

/// Runs handlers, in a program that SIGPIPE does not end. Every member function may be called by
/// any thread.
class Handlers {
 public:
  Handlers() = default;
  Handlers(const Handlers&) = delete;
  Handlers& operator=(const Handlers&) = delete;
  virtual ~Handlers() = default;

  /// Begins attempts and returns at once. Whatever happens, each has one result.
  virtual void start(std::vector<Delivery> deliveries) = 0;

  /// Those since the last call.
  virtual std::vector<AttemptResult> take_results() = 0;

  /// Ends all that run: soon they have results.
  virtual void interrupt() = 0;
};

}  // namespace payhook
