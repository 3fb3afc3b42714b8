#include "fcgi/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace payhook {

namespace {

[[noreturn]] void fail() {
  throw std::system_error(errno, std::generic_category(), "cannot assemble a request in memory");
}

UniqueFd opened() {
  UniqueFd file(::memfd_create("request", MFD_CLOEXEC));
  if (!file) {
    fail();
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
    fail();
  }
  return fd;
}

}  // namespace payhook
