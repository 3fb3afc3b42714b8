#include "ctl/new_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "core/program_error.h"

namespace payhook {

namespace {

ProgramError cannot_create(const std::filesystem::path& path) {
  std::string why = std::generic_category().message(errno);
  if (errno == EEXIST) {
    why = "it is there already: move it away, or choose another name";
  } else if (errno == EACCES || errno == EPERM) {
    why += ": this is for root";
  }
  return {EX_CANTCREAT, fmt::format("cannot create {}: {}", path.string(), why)};
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// Throws ProgramError.
UniqueFd locked_directory_of(const std::filesystem::path& file) {
  const std::filesystem::path directory = file.parent_path();
  UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    throw cannot_create(file);
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      throw cannot_create(file);
    }
    throw ProgramError(EX_UNAVAILABLE, fmt::format("another program adds to {} just now: wait "
                                                   "until it has ended",
                                                   directory.string()));
  }
  return fd;
}

/// Whoever reads what lies there does so by the directory's group.
bool give_group_of(const UniqueFd& directory, const UniqueFd& file) {
  struct stat of_directory {};
  struct stat of_file {};
  return ::fstat(directory.get(), &of_directory) == 0 && ::fstat(file.get(), &of_file) == 0 &&
         (of_directory.st_gid == of_file.st_gid ||
          ::fchown(file.get(), static_cast<::uid_t>(-1), of_directory.st_gid) == 0);
}

}  // namespace

NewFile::NewFile(std::filesystem::path path, const std::string& content, ::mode_t mode)
    : m_path(std::move(path)),
      m_written(m_path.string() + ".new"),
      m_directory(locked_directory_of(m_path)) {
  if (std::error_code unknown; std::filesystem::exists(m_path, unknown)) {
    errno = EEXIST;
    throw cannot_create(m_path);
  }
  ::unlink(m_written.c_str());  // of one that was killed
  const UniqueFd fd(
      ::open(m_written.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) {
    throw cannot_create(m_path);
  }
  if (!give_group_of(m_directory, fd) || ::fchmod(fd.get(), mode) != 0 ||
      !write_all(fd.get(), content) || ::fsync(fd.get()) != 0) {
    const ProgramError error = cannot_create(m_path);
    ::unlink(m_written.c_str());
    throw error;
  }
}

NewFile::~NewFile() { ::unlink(m_written.c_str()); }

void NewFile::place() {
  if (::renameat2(AT_FDCWD, m_written.c_str(), AT_FDCWD, m_path.c_str(), RENAME_NOREPLACE) != 0) {
    throw cannot_create(m_path);
  }
  if (::fsync(m_directory.get()) != 0) {
    const ProgramError error = cannot_create(m_path);
    take_back();
    throw error;
  }
}

void NewFile::take_back() noexcept { ::unlink(m_path.c_str()); }

}  // namespace payhook
