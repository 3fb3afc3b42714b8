#include "archive/archive_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/system_error.h"

namespace payhook {

namespace {

constexpr auto k_incomplete = "incomplete";

constexpr std::size_t k_bytes_between_syncs = 16U << 20U;

// SQLite's own rows are no smaller: the third of zlib's levels is fast, and takes a quarter.
constexpr auto k_mode = "wb3";

UniqueFd opened_directory(const std::filesystem::path& path) {
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) {
    throw_errno(fmt::format("cannot open the directory {}", path.string()));
  }
  return directory;
}

void sync(int file, const std::filesystem::path& path) {
  if (::fsync(file) != 0) {
    throw_errno(fmt::format("cannot sync {}", path.string()));
  }
}

}  // namespace

ArchiveDirectory::ArchiveDirectory(std::filesystem::path path) : m_path(std::move(path)) {
  if (::mkdir(m_path.c_str(), S_IRWXU) == 0) {
    sync(opened_directory(m_path.parent_path()).get(), m_path.parent_path());
  } else if (errno != EEXIST) {
    throw_errno(fmt::format("cannot create the directory {}", m_path.string()));
  }
  m_directory = opened_directory(m_path);
  if (::flock(m_directory.get(), LOCK_EX | LOCK_NB) != 0) {
    throw_errno(errno == EWOULDBLOCK
                    ? fmt::format("another program writes to {} just now", m_path.string())
                    : fmt::format("cannot lock the directory {}", m_path.string()));
  }
}

ArchiveFile::ArchiveFile(const ArchiveDirectory& directory) : m_directory(directory) {
  ::unlinkat(directory.fd(), k_incomplete, 0);
  m_file.reset(::openat(directory.fd(), k_incomplete, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                        S_IRUSR | S_IWUSR));
  if (!m_file) {
    fail("create");
  }
  UniqueFd for_zlib(::fcntl(m_file.get(), F_DUPFD_CLOEXEC, 0));
  if (!for_zlib) {
    fail("write");
  }
  m_gzip = ::gzdopen(for_zlib.get(), k_mode);
  if (m_gzip == nullptr) {
    fail("write");
  }
  for_zlib.release();
}

ArchiveFile::~ArchiveFile() {
  if (m_gzip != nullptr) {
    ::gzclose(m_gzip);
  }
  if (m_file) {
    ::unlinkat(m_directory.fd(), k_incomplete, 0);
  }
}

void ArchiveFile::add(std::string_view bytes) {
  if (::gzfwrite(bytes.data(), 1, bytes.size(), m_gzip) != bytes.size()) {
    fail_to_compress();
  }
  // A large file synced at once would keep the commits of webhooks waiting for the disk.
  m_unsynced += bytes.size();
  if (m_unsynced >= k_bytes_between_syncs) {
    m_unsynced = 0;
    if (::gzflush(m_gzip, Z_SYNC_FLUSH) != Z_OK) {
      fail_to_compress();
    }
    sync(m_file.get(), m_directory.path() / k_incomplete);
  }
}

std::filesystem::path ArchiveFile::finish(const std::string& name) {
  if (::gzflush(m_gzip, Z_FINISH) != Z_OK) {
    fail_to_compress();
  }
  if (::gzclose(std::exchange(m_gzip, nullptr)) != Z_OK) {
    fail("close");
  }
  sync(m_file.get(), m_directory.path() / k_incomplete);
  std::string file = name + ".jsonl.gz";
  for (int number = 2; ::faccessat(m_directory.fd(), file.c_str(), F_OK, 0) == 0; ++number) {
    file = fmt::format("{}.{}.jsonl.gz", name, number);
  }
  if (::renameat(m_directory.fd(), k_incomplete, m_directory.fd(), file.c_str()) != 0) {
    fail("rename");
  }
  m_file.reset();
  sync(m_directory.fd(), m_directory.path());
  return m_directory.path() / file;
}

/// zlib knows why: errno is of a call that failed only where it says so.
void ArchiveFile::fail_to_compress() const {
  const int error = errno;
  int code = Z_OK;
  const char* const text = ::gzerror(m_gzip, &code);
  if (code == Z_ERRNO) {
    errno = error;
    fail("write");
  }
  throw std::system_error(
      std::make_error_code(std::errc::io_error),
      fmt::format("cannot compress {}: {}", (m_directory.path() / k_incomplete).string(), text));
}

void ArchiveFile::fail(const char* what) const {
  throw_errno(fmt::format("cannot {} {}", what, (m_directory.path() / k_incomplete).string()));
}

}  // namespace payhook
