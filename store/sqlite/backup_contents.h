#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "store/maintenance.h"

namespace payhook {

/// How closely a backup is looked at: QUICK leaves out whether indexes and tables agree, which a
/// copy of all pages does not change.
enum class Look : std::uint8_t { QUICK, FULL };

/// Reads all of a database that nobody writes, and needs nothing beside it. `name` is what it is
/// called in errors. Throws ProgramError where it is damaged (EX_DATAERR), is no database of
/// payhook's, or is one that this release does not know (EX_CONFIG); StoreUnavailable where it
/// cannot be read.
BackupContents contents_of_backup(const std::filesystem::path& file, const std::string& name,
                                  Look look, const OnProgress& on_progress);

/// The first thing that a row of SQLite's integrity_check or quick_check tells: "ok" where nothing
/// is wrong.
std::string first_line_of_check(std::string_view row);

}  // namespace payhook
