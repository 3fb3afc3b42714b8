#pragma once

#include <cstddef>

#include "store/browser.h"
#include "store/postgresql/result.h"
#include "store/status_reader.h"

namespace payhook::postgresql {

/// What stored_transaction() reads of the table transactions.
inline constexpr auto k_stored_columns =
    "transaction_id, source_account, destination_account, amount::text, amount_minor, currency, "
    "status, created_at, processed_at, attempts, last_error";
inline constexpr int k_stored_column_count = 11;

/// Reads k_stored_columns from the column `first` on. Throws std::invalid_argument for what payhook
/// cannot have written.
StoredTransaction stored_transaction(const Result& result, std::size_t row, int first);

/// Reads "id, source", k_stored_columns and "due_at, remote_address". Throws as
/// stored_transaction() does.
BrowsedTransaction browsed_transaction(const Result& result, std::size_t row);

}  // namespace payhook::postgresql
