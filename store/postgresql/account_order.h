#pragma once

#include "core/timestamp.h"
#include "store/postgresql/parameters.h"
#include "store/postgresql/session.h"

namespace payhook::postgresql {

/// The order in which transactions of one account begin, as one who is in an SQL transaction tells
/// it what he does. All of this is done with that transaction's next statements.

/// Waits for others who change something in the accounts of these rows, where these keep an order.
/// To be called before the rows are changed.
void lock_accounts(ScopedTransaction& transaction, const Array& rows);

/// Those of these rows that are over are so here too, and the next of their accounts are due at
/// `now`, where they wait.
void note_ended(ScopedTransaction& transaction, const Array& rows, Timestamp now);

/// The rows are not over any more.
void put_back(ScopedTransaction& transaction, const Array& rows);

}  // namespace payhook::postgresql
