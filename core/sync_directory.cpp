#include "core/sync_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/system_error.h"
#include "core/unique_fd.h"

namespace payhook {

void sync_directory(const std::filesystem::path& directory) {
  const UniqueFd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || ::fsync(opened.get()) != 0) {
    throw_errno("cannot sync the directory " + directory.string());
  }
}

}  // namespace payhook
