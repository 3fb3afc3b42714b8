#pragma once

#include <filesystem>

#include "store/maintenance.h"

namespace payhook {

/// StoreMaintenance::restore() of the database. What was there, with its WAL, goes into a directory
/// beside it, named by the time. The database goes first and comes last: killed in between, there
/// is none, which every program refuses, and not one with the WAL of another.
Restored restore_database(const std::filesystem::path& database,
                          const std::filesystem::path& backup, Timestamp now,
                          const OnProgress& on_progress);

/// StoreMaintenance::drill(). It needs the room that a restore needs, in the same place.
BackupContents drill_restore(const std::filesystem::path& database,
                             const std::filesystem::path& backup, const OnProgress& on_progress);

}  // namespace payhook
