#pragma once

#include <filesystem>

#include "core/program_error.h"

namespace payhook {

/// One name for one file, whatever links lead to it: the turn's lock is found by that name.
std::filesystem::path resolved(const std::filesystem::path& file);

/// Refuses a directory that is missing. Throws ProgramError, saying what to do.
void require_directory(const std::filesystem::path& directory);

/// Refuses that too, and one that this user may not write to: whoever may not is not to make it
/// writable for himself, since the services run as its owner. Throws ProgramError, saying who may.
void require_writable(const std::filesystem::path& directory);

/// Returns `file`, and refuses one that is missing or empty. It comes before anything is created
/// beside the database: its directory may be another one, because a volume is not mounted. Throws
/// ProgramError.
const std::filesystem::path& require_database(const std::filesystem::path& file);

/// Refuses a missing database beside a WAL that is not: that is the database's newest transactions,
/// and a new one would empty it. Throws ProgramError.
void refuse_orphaned_wal(const std::filesystem::path& file);

/// Refuses a file that payhook did not create, before anything could change in it. One that is
/// missing or empty is fine: it is ours to create. Throws ProgramError, or as check_sqlite() does.
void refuse_foreign_file(const std::filesystem::path& file);

/// What to tell when there is none.
ProgramError no_database(const std::filesystem::path& file);

/// What to tell when this user may not read and write the file.
ProgramError not_permitted(const std::filesystem::path& file);

}  // namespace payhook
