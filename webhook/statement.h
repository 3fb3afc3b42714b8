#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "payment/transaction.h"

namespace payhook {

/// What a webhook tells that is no payment, or none that counts: one that failed, a test, a refund.
struct OtherEvent {
  std::string type;  ///< what the sender calls it, or why it is none; never empty
};

/// One thing that a webhook states.
struct Statement {
  std::variant<Transaction, OtherEvent> content;
  std::string_view text;  ///< the part of the body that states it
};

/// What could be read of a webhook.
struct Statements {
  std::vector<Statement> statements;
  std::optional<std::string> why_not_all;  ///< what keeps the rest from being read, if there is one
};

}  // namespace payhook
