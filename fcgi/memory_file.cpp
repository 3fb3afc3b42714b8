#include "fcgi/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include "core/system_error.h"

namespace payhook {

namespace {

constexpr auto k_task = "cannot assemble a request in memory";

UniqueFd opened() {
  UniqueFd file(::memfd_create("request", MFD_CLOEXEC));
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

}  // namespace payhook
