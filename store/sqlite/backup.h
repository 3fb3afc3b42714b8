#pragma once

#include <filesystem>

#include "store/maintenance.h"

namespace payhook {

/// StoreMaintenance::back_up() of the database, by SQLite's own copy of its pages, within one read
/// transaction: so nothing that is written meanwhile has it begin anew, and nobody waits for it.
/// The WAL cannot begin anew until the copy is made. What it writes is synced in pieces, so that
/// commits on the same disk do not wait behind gigabytes.
BackupContents back_up_database(const std::filesystem::path& database,
                                const std::filesystem::path& file,
                                StoreMaintenance::Existing existing, const OnProgress& on_progress);

}  // namespace payhook
