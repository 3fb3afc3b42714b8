#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <utility>

namespace payhook {

/// Which file it is: device and inode, zeros where there is none.
using FileIdentity = std::pair<dev_t, ino_t>;

/// The file that stands at a path.
inline FileIdentity identity_of(const std::filesystem::path& file) noexcept {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? FileIdentity(status.st_dev, status.st_ino)
                                            : FileIdentity();
}

/// The file that is open.
inline FileIdentity identity_of(int fd) noexcept {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? FileIdentity(status.st_dev, status.st_ino) : FileIdentity();
}

}  // namespace payhook
