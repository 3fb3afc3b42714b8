#pragma once

#include <cstddef>

#include "store/browser.h"
#include "store/postgresql/result.h"

namespace payhook::postgresql {

/// What stored_attempt() reads of the table attempts.
inline constexpr auto k_attempt_columns =
    "number, started_at, ended_at, coalesce(outcome, ''), reason, output";

/// Reads k_attempt_columns from the column `first` on.
Attempt stored_attempt(const Result& result, std::size_t row, int first);

}  // namespace payhook::postgresql
