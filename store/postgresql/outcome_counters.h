#pragma once

#include "store/outcome_tally.h"
#include "store/postgresql/session.h"

namespace payhook::postgresql {

/// Has what a transaction has come to added to the counters, with its next statements.
void add_to_counters(ScopedTransaction& transaction, const OutcomeTally& tally);

}  // namespace payhook::postgresql
