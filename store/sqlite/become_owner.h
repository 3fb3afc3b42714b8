#pragma once

#include <filesystem>

namespace payhook {

/// Makes root the user to whom a directory belongs, for good and in all its groups: the owner's
/// programs have no use for files of root's there. Anybody else stays who he is, and so does root
/// where the directory is his own, or missing. Throws std::system_error.
void become_owner_of(const std::filesystem::path& directory);

}  // namespace payhook
