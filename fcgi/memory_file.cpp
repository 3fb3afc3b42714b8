#include "fcgi/memory_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/system_error.h"

namespace payhook {

namespace {

constexpr auto k_task = "cannot keep a file in memory";

UniqueFd opened() {
  UniqueFd file(::memfd_create("message", MFD_CLOEXEC));
  if (!file) {
    throw_errno(k_task);
  }
  return file;
}

}  // namespace

MemoryFile::MemoryFile() : m_file(opened()) {}

int MemoryFile::hold(std::string_view bytes) {
  if (!m_file) {
    m_file = opened();
  }
  const int fd = m_file.get();
  if (::ftruncate(fd, 0) != 0 ||
      ::pwrite(fd, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()) ||
      ::lseek(fd, 0, SEEK_SET) != 0) {
    throw_errno(k_task);
  }
  return fd;
}

std::string MemoryFile::bytes() const {
  struct stat file {};
  if (::fstat(m_file.get(), &file) != 0) {
    throw_errno(k_task);
  }
  std::string bytes(static_cast<std::size_t>(file.st_size), '\0');
  if (::pread(m_file.get(), bytes.data(), bytes.size(), 0) != file.st_size) {
    throw_errno(k_task);
  }
  return bytes;
}

}  // namespace payhook
