#pragma once

#include "store/sqlite/statement.h"
#include "store/status_reader.h"

namespace payhook {

/// The columns of the table transactions that stored_transaction() reads, in their order.
inline constexpr auto k_stored_columns =
    "transaction_id, source_account, destination_account, amount, amount_minor, currency, status, "
    "created_at, processed_at, attempts, last_error";
inline constexpr int k_stored_column_count = 11;

/// A transaction from a row that has these columns, from the column `first` on. Throws
/// std::invalid_argument for what payhook cannot have written.
StoredTransaction stored_transaction(const SqliteStatement& row, int first);

}  // namespace payhook
