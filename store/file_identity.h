#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <utility>

namespace payhook {

/// Which file stands at a path: device and inode, zeros where there is none.
inline std::pair<dev_t, ino_t> identity_of(const std::filesystem::path& file) noexcept {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? std::pair(status.st_dev, status.st_ino)
                                            : std::pair<dev_t, ino_t>();
}

}  // namespace payhook
