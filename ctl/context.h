#pragma once

#include <memory>
#include <string>
#include <utility>

#include "core/clock.h"
#include "ctl/output.h"
#include "service/config/config.h"
#include "store/transaction_store.h"

namespace payhook {

/// What a command works with.
struct Context {
  Config config;
  std::unique_ptr<TransactionStore> store;
  const Clock& clock;
  Output output;
  std::string who;  ///< the operator's name, for what is recorded

  /// Who does something now, and why.
  Act act(std::string why) const { return {who, std::move(why), clock.now()}; }
};

/// How long a command waits for its turn to write.
inline Deadline patience() { return std::chrono::steady_clock::now() + std::chrono::seconds{10}; }

}  // namespace payhook
