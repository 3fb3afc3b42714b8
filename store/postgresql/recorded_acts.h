#pragma once

#include <optional>
#include <string_view>

#include "store/operations.h"
#include "store/postgresql/session.h"

namespace payhook::postgresql {

/// Has an operator's act recorded with the transaction's next statements.
void record_act(ScopedTransaction& transaction, std::string_view operation,
                std::optional<std::int64_t> row, const Act& act);

}  // namespace payhook::postgresql
