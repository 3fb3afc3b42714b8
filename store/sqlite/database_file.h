#pragma once

#include <filesystem>

#include "core/program_error.h"

namespace payhook {

/// Refuses a file that payhook did not create, before anything could change in it. One that is
/// missing or empty is fine: it is ours to create. Throws ProgramError, or as check_sqlite() does.
void refuse_foreign_file(const std::filesystem::path& file);

/// What to tell when this user may not read and write the file.
ProgramError not_permitted(const std::filesystem::path& file);

}  // namespace payhook
