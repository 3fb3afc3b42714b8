#include "ctl/new_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/program_error.h"
#include "core/unique_fd.h"

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

/// Whoever reads what lies there does so by the directory's group.
bool give_group_of(const std::filesystem::path& directory, int fd) {
  struct stat of_directory {};
  struct stat of_file {};
  return ::stat(directory.c_str(), &of_directory) == 0 && ::fstat(fd, &of_file) == 0 &&
         (of_directory.st_gid == of_file.st_gid ||
          ::fchown(fd, static_cast<::uid_t>(-1), of_directory.st_gid) == 0);
}

}  // namespace

NewFile::NewFile(std::filesystem::path path, const std::string& content, ::mode_t mode)
    : m_path(std::move(path)), m_written(m_path.string() + fmt::format(".new-{}", ::getpid())) {
  refuse_existing(m_path);
  const UniqueFd fd(
      ::open(m_written.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) {
    throw cannot_create(m_path);
  }
  if (!give_group_of(m_path.parent_path(), fd.get()) || ::fchmod(fd.get(), mode) != 0 ||
      !write_all(fd.get(), content) || ::fsync(fd.get()) != 0) {
    const ProgramError error = cannot_create(m_path);
    ::unlink(m_written.c_str());
    throw error;
  }
}

NewFile::~NewFile() { ::unlink(m_written.c_str()); }

void NewFile::refuse_existing(const std::filesystem::path& path) {
  if (std::error_code unknown; std::filesystem::exists(path, unknown)) {
    errno = EEXIST;
    throw cannot_create(path);
  }
}

void NewFile::place() {
  if (::link(m_written.c_str(), m_path.c_str()) != 0) {
    throw cannot_create(m_path);
  }
  const UniqueFd directory(
      ::open(m_path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) {
    const ProgramError error = cannot_create(m_path);
    take_back();
    throw error;
  }
}

void NewFile::take_back() noexcept { ::unlink(m_path.c_str()); }

}  // namespace payhook
