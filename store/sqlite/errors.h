#pragma once

#include <string_view>

#include "store/errors.h"

struct sqlite3;

namespace payhook {

/// Throws what SQLite's result code means to the callers of a store, unless it is SQLITE_OK:
/// StoreTimeout, StoreRefused, StoreUnavailable, StoreDamaged or StoreBroken, with `what` was to be
/// done. `database` may be null.
void check_sqlite(sqlite3* database, int code, std::string_view what);

}  // namespace payhook
