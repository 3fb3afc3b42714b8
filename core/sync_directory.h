#pragma once

#include <filesystem>

namespace payhook {

/// Returns once the names in a directory are on the disk, so that one that was changed outlasts a
/// power cut. Throws std::system_error.
void sync_directory(const std::filesystem::path& directory);

}  // namespace payhook
