#pragma once

#include <optional>
#include <string>

#include "ctl/context.h"
#include "ctl/record.h"
#include "store/browser.h"

namespace payhook {

/// What a line of a list tells of a transaction.
Record summary_of(const BrowsedTransaction& transaction);

/// All that is told of one.
Record details_of(const BrowsedTransaction& transaction);

/// The transaction with an id, of a source or of that whose it may be. Throws ProgramError
/// (EX_NOINPUT) where there is none.
BrowsedTransaction find_transaction(Context& context, const std::string& transaction_id,
                                    const std::optional<std::string>& source);

}  // namespace payhook
