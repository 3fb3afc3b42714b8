#pragma once

#include <string_view>

#include "store/errors.h"

struct sqlite3;

namespace payhook {

/// One thing could not be done: a place of the disk cannot be read, or what was to be written
/// breaks a rule of the schema. The next one may go well.
class StoreRefused : public StoreUnavailable {
 public:
  using StoreUnavailable::StoreUnavailable;
};

/// Throws what SQLite's result code means to the callers of a store, unless it is SQLITE_OK:
/// StoreTimeout, StoreRefused, StoreUnavailable, StoreDamaged or StoreBroken, with `what` was to be
/// done. `database` may be null.
void check_sqlite(sqlite3* database, int code, std::string_view what);

}  // namespace payhook
