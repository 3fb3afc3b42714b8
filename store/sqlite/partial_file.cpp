#include "store/sqlite/partial_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "core/become_owner.h"
#include "core/sync_directory.h"
#include "core/system_error.h"
#include "store/sqlite/file_identity.h"

namespace payhook {

namespace {

constexpr auto k_name = "payhook.part";

// A backup is not to fill the disk to which webhooks are written.
constexpr std::uint64_t k_room_for_others = 256U << 20U;

constexpr int k_flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

/// In a directory where others may write, one of them may have made it.
bool is_ours(int file) {
  struct stat status {};
  return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::geteuid() &&
         status.st_nlink == 1;
}

void rename_or_refuse(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
    return;
  }
  const bool unknown = errno == EINVAL || errno == ENOSYS;  // to the file system
  if (errno == EEXIST || (unknown && std::filesystem::exists(to))) {
    throw is_there_already(to);
  }
  if (!unknown || ::rename(from.c_str(), to.c_str()) != 0) {
    throw_errno("cannot rename " + from.string() + " to " + to.string());
  }
}

}  // namespace

ProgramError is_there_already(const std::filesystem::path& file) {
  return {EX_CANTCREAT, fmt::format("{} is there already, and was left as it is", file.string())};
}

PartialFile::PartialFile(std::filesystem::path directory)
    : m_directory(std::move(directory)), m_path(m_directory / k_name) {
  const ActingAsOwner owner(m_directory);
  m_file.reset(::open(m_path.c_str(), k_flags, 0600));
  if (!m_file) {
    throw ProgramError(EX_CANTCREAT,
                       fmt::format("cannot write to the directory {}: {}", m_directory.string(),
                                   std::generic_category().message(errno)));
  }
  if (!is_ours(m_file.get())) {
    throw ProgramError(EX_CANTCREAT,
                       fmt::format("{} is somebody else's: remove it, or name another "
                                   "directory",
                                   m_path.string()));
  }
  lock();
  if (::ftruncate(m_file.get(), 0) != 0 || ::fchmod(m_file.get(), 0600) != 0) {
    throw_errno("cannot write " + m_path.string());
  }
}

void PartialFile::require_room_for(std::uint64_t bytes) const {
  struct statvfs disk {};
  if (::fstatvfs(m_file.get(), &disk) != 0) {
    throw_errno("cannot see how much room " + m_directory.string() + " has");
  }
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (free < bytes + k_room_for_others) {
    throw ProgramError(
        EX_CANTCREAT,
        fmt::format("{} has no room: {} MiB are needed and {} MiB free, of which "
                    "webhooks keep {}; make room, or name another directory",
                    m_directory.string(), bytes >> 20U, free >> 20U, k_room_for_others >> 20U));
  }
}

/// The one that had it may have given it another name meanwhile.
void PartialFile::lock() {
  if (::flock(m_file.get(), LOCK_EX | LOCK_NB) != 0 ||
      identity_of(m_path) != identity_of(m_file.get())) {
    throw ProgramError(EX_UNAVAILABLE, fmt::format("another backup or restore is writing {}: wait "
                                                   "until it has ended",
                                                   m_path.string()));
  }
}

PartialFile::~PartialFile() {
  if (m_is_in_place) {
    return;
  }
  try {
    const ActingAsOwner owner(m_directory);
    ::unlink(m_path.c_str());
  } catch (const std::exception&) {
    return;  // the next one writes it over
  }
}

void PartialFile::sync() const {
  if (::fsync(m_file.get()) != 0) {
    throw_errno("cannot sync " + m_path.string());
  }
}

void PartialFile::put_in_place(const std::filesystem::path& name,
                               StoreMaintenance::Existing existing) {
  const ActingAsOwner owner(m_directory);
  sync();
  if (existing == StoreMaintenance::Existing::KEEP) {
    rename_or_refuse(m_path, name);
  } else if (::rename(m_path.c_str(), name.c_str()) != 0) {
    throw_errno("cannot rename " + m_path.string() + " to " + name.string());
  }
  m_is_in_place = true;
  sync_directory(m_directory);
}

}  // namespace payhook
