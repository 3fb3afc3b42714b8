#include "store/sqlite/page_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "core/unique_fd.h"
#include "store/errors.h"

namespace payhook {

namespace {

// SQLite's lock of all that use a WAL's index: the byte after its eight locks, which begin at 120.
constexpr off_t k_users_of_the_index = 128;

// How much of a file is looked at in one piece.
constexpr off_t k_piece = off_t{1} << 30;

// Pages that somebody reads just then stay.
constexpr int k_attempts = 6;

struct Unmap {
  std::size_t size = 0;
  void operator()(void* address) const noexcept { ::munmap(address, size); }
};

std::size_t pages_of(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page;
}

[[noreturn]] void cannot_look(const std::filesystem::path& file) {
  throw StoreUnavailable(fmt::format("cannot see what is in memory of {}: {}", file.string(),
                                     std::generic_category().message(errno)));
}

bool is_piece_in_memory(int file, const std::filesystem::path& name, off_t from, std::size_t size) {
  void* const address = ::mmap(nullptr, size, PROT_NONE, MAP_SHARED, file, from);
  if (address == MAP_FAILED) {
    cannot_look(name);
  }
  const std::unique_ptr<void, Unmap> mapped(address, Unmap{size});
  std::vector<unsigned char> pages(pages_of(size));
  if (::mincore(address, size, pages.data()) != 0) {
    cannot_look(name);
  }
  return std::any_of(pages.begin(), pages.end(),
                     [](unsigned char page) { return (page & 1U) != 0; });
}

/// There memory is all there is.
bool has_no_disk(int file) noexcept {
  struct statfs status {};
  return ::fstatfs(file, &status) == 0 &&
         (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}

/// The database or its WAL; either may be missing.
class CachedFile {
 public:
  explicit CachedFile(std::filesystem::path name)
      : m_name(std::move(name)), m_file(::open(m_name.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (!m_file && errno != ENOENT) {
      cannot_look(m_name);
    }
  }

  /// What the disk has not been given yet would stay in memory. A failure of which nobody has been
  /// told is told here.
  bool sync() const noexcept { return !m_file || ::fdatasync(m_file.get()) == 0; }

  /// Returns whether all of it went, or had nowhere to go.
  bool forget() const {
    if (!m_file || has_no_disk(m_file.get())) {
      return true;
    }
    for (int attempt = 0; attempt < k_attempts; ++attempt) {
      ::posix_fadvise(m_file.get(), 0, 0, POSIX_FADV_DONTNEED);
      if (!is_in_memory()) {
        return true;
      }
    }
    return false;
  }

  const std::filesystem::path& name() const noexcept { return m_name; }

 private:
  bool is_in_memory() const {
    struct stat status {};
    if (::fstat(m_file.get(), &status) != 0) {
      cannot_look(m_name);
    }
    for (off_t from = 0; from < status.st_size; from += k_piece) {
      const auto size = static_cast<std::size_t>(std::min(k_piece, status.st_size - from));
      if (is_piece_in_memory(m_file.get(), m_name, from, size)) {
        return true;
      }
    }
    return false;
  }

  std::filesystem::path m_name;
  UniqueFd m_file;
};

void require_unused_index(const std::filesystem::path& index) {
  const UniqueFd file(::open(index.c_str(), O_RDWR | O_CLOEXEC));
  if (!file && errno == ENOENT) {
    return;
  }
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = k_users_of_the_index;
  lock.l_len = 1;
  if (!file || ::fcntl(file.get(), F_OFD_GETLK, &lock) != 0) {
    cannot_look(index);
  }
  if (lock.l_type != F_UNLCK) {
    throw StoreUnavailable(
        fmt::format("the disk failed, and another program (process {}) still "
                    "has {} open: end it",
                    lock.l_pid, index.string()));
  }
}

}  // namespace

void forget_cached_pages(const std::filesystem::path& database, const TurnFile& turn) {
  if (turn.condition() == TurnFile::Condition::CLOSED) {
    return;
  }
  const std::array<CachedFile, 2> files{CachedFile(database.string() + "-wal"),
                                        CachedFile(database)};
  for (const CachedFile& file : files) {
    if (!file.sync()) {
      turn.set_condition(TurnFile::Condition::BROKEN);  // the kernel tells of it only once
    }
  }
  const bool must_go = turn.condition() == TurnFile::Condition::BROKEN;
  for (const CachedFile& file : files) {
    if (!file.forget() && must_go) {
      throw StoreUnavailable(
          fmt::format("the disk failed to take what was written to {}, and memory still has it: "
                      "stop all programs that read the file, and see to the disk; if that does not "
                      "help, unmount the file system and mount it again",
                      file.name().string()));
    }
  }
  // Who opened it before read what has gone now; who opens it later reads the disk.
  if (must_go) {
    require_unused_index(database.string() + "-shm");
  }
}

}  // namespace payhook
