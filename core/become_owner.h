#pragma once

#include <sys/types.h>

#include <filesystem>
#include <vector>

#include "core/unique_fd.h"

namespace payhook {

/// Makes root the user to whom a directory belongs, for good and in all its groups: the owner's
/// programs have no use for files of root's there. Anybody else stays who he is, and so does root
/// where the directory is his own, or missing. Throws std::system_error.
void become_owner_of(const std::filesystem::path& directory);

/// While it exists, root acts as that user: what he opens, makes and removes is as if the owner did
/// it, who cannot lead him elsewhere by a link. One at a time, in a process of one thread.
class ActingAsOwner {
 public:
  /// Throws std::system_error.
  explicit ActingAsOwner(const std::filesystem::path& directory);

  /// Of the directory that is open, whatever lies in its place meanwhile. Throws std::system_error.
  explicit ActingAsOwner(const UniqueFd& directory);

  /// Ends the process where root cannot be root again.
  ~ActingAsOwner();

  ActingAsOwner(const ActingAsOwner&) = delete;
  ActingAsOwner& operator=(const ActingAsOwner&) = delete;

 private:
  const gid_t m_group;
  const std::vector<gid_t> m_groups;
  const bool m_acts;
};

}  // namespace payhook
