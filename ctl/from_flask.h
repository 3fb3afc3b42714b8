#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/timestamp.h"
#include "payment/currencies.h"
#include "store/flask_database.h"
#include "store/importer.h"

namespace payhook {

/// How payhook would have taken what the app took.
struct FlaskRules {
  const Currencies& currencies;
  std::chrono::seconds delay{};  ///< from its arrival until it may be processed
  bool keeps_order = false;
  Timestamp now;
};

/// What a row of the app's becomes.
struct FromFlask {
  std::optional<PastTransaction> transaction;  ///< absent where it can be none
  std::vector<std::string>
      remarks;  ///< what was decided, or why it can be none; plain rows have none
};

/// Thread-safe.
FromFlask from_flask(const FlaskRow& row, const FlaskRules& rules);

}  // namespace payhook
