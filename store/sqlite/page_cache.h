#pragma once

#include <filesystem>

#include "store/sqlite/turn_file.h"

namespace payhook {

/// Makes the kernel forget what it holds in memory of a database and its WAL, so that the session
/// that opens next reads what is on the disk: after a write that failed, the kernel takes the page
/// in memory, which the disk does not have, for good. To be called while no session is open.
///
/// After CLOSED there is nothing to do. After IN_USE (somebody was killed, perhaps in a sync that
/// failed) it does what it can, and where a sync fails now, the store is BROKEN from then on. After
/// BROKEN it throws StoreUnavailable if something stays in memory, or if another program has the
/// WAL's index in use, which says what need not be read from the WAL. Throws std::system_error.
void forget_cached_pages(const std::filesystem::path& database, const TurnFile& turn);

}  // namespace payhook
