#include "store/sqlite/become_owner.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/system_error.h"

namespace payhook {

namespace {

/// The group of what the user's programs create; that of the directory where he has no name.
gid_t group_of(const struct stat& directory) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread has been started yet.
  const passwd* const user = ::getpwuid(directory.st_uid);
  return user != nullptr ? user->pw_gid : directory.st_gid;
}

}  // namespace

void become_owner_of(const std::filesystem::path& directory) {
  struct stat status {};
  if (::geteuid() != 0 || ::stat(directory.c_str(), &status) != 0 || status.st_uid == 0) {
    return;
  }
  const gid_t group = group_of(status);
  if (::setgroups(1, &group) != 0 || ::setgid(group) != 0 || ::setuid(status.st_uid) != 0) {
    throw_errno("cannot become the owner of " + directory.string());
  }
}

}  // namespace payhook
