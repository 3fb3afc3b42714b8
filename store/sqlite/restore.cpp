#include "store/sqlite/restore.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "core/become_owner.h"
#include "core/fault_point.h"
#include "core/sync_directory.h"
#include "core/system_error.h"
#include "core/unique_fd.h"
#include "store/sqlite/backup_contents.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/file_identity.h"
#include "store/sqlite/partial_file.h"
#include "store/sqlite/standstill.h"

namespace payhook {

namespace {

constexpr mode_t k_mode = 0640;  // as the programs' umask has it

/// A backup, opened by the one who asks for it.
class OpenedBackup {
 public:
  OpenedBackup(const std::filesystem::path& file, const std::filesystem::path& database)
      : m_file(file), m_opened(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    struct stat status {};
    if (!m_opened || ::fstat(m_opened.get(), &status) != 0) {
      throw ProgramError(EX_NOINPUT, fmt::format("{} cannot be read: {}", file.string(),
                                                 std::generic_category().message(errno)));
    }
    if (!S_ISREG(status.st_mode) || identity_of(database) == identity_of(m_opened.get())) {
      throw ProgramError(EX_USAGE, fmt::format("{} is no backup: name the file that payhookctl "
                                               "backup has made",
                                               file.string()));
    }
    m_size = status.st_size;
    refuse_wal();
  }

  void copy_to(const PartialFile& part, const OnProgress& on_progress) const {
    part.require_room_for(static_cast<std::uint64_t>(m_size));
    std::vector<char> piece(std::size_t{1} << 20);
    off_t copied = 0;
    while (const std::size_t size = read(piece, copied)) {
      write(part, piece.data(), size);
      copied += static_cast<off_t>(size);
      on_progress("copying", static_cast<std::uint64_t>(copied),
                  static_cast<std::uint64_t>(std::max(copied, m_size)));
    }
  }

 private:
  /// Without it the copy would lack the newest transactions, and might be no database at all.
  void refuse_wal() const {
    std::error_code error;
    const std::filesystem::path wal = m_file.string() + "-wal";
    const auto size = std::filesystem::file_size(wal, error);
    if (!error && size > 0) {
      throw ProgramError(
          EX_DATAERR,
          fmt::format(
              "{} has transactions that {} lacks: it comes from a database in use; on a copy "
              "of both, have them put into one with: sqlite3 COPY 'PRAGMA "
              "wal_checkpoint(TRUNCATE)'",
              wal.string(), m_file.string()));
    }
  }

  std::size_t read(std::vector<char>& piece, off_t from) const {
    const ssize_t size = ::pread(m_opened.get(), piece.data(), piece.size(), from);
    if (size < 0) {
      throw_errno("cannot read " + m_file.string());
    }
    return static_cast<std::size_t>(size);
  }

  static void write(const PartialFile& part, const char* bytes, std::size_t size) {
    while (size > 0) {
      const ssize_t written = ::write(part.fd(), bytes, size);
      if (written <= 0) {
        throw_errno("cannot write " + part.path().string());
      }
      bytes += written;
      size -= static_cast<std::size_t>(written);
    }
  }

  const std::filesystem::path m_file;
  UniqueFd m_opened;
  off_t m_size = 0;
};

/// Returns what was found in the copy.
BackupContents verified_copy(const OpenedBackup& backup, const std::filesystem::path& name,
                             const PartialFile& part, const OnProgress& on_progress) {
  backup.copy_to(part, on_progress);
  part.sync();
  return contents_of_backup(part.path(), name.string(), Look::FULL, on_progress);
}

std::string directory_name(Timestamp now) {
  std::string name = "aside-" + format_milliseconds(now);
  std::erase_if(name, [](char c) { return c == ':'; });
  return name;
}

/// The database's files in a directory beside it. They are put back, unless they are to stay.
class SetAside {
 public:
  /// Throws std::system_error; then they are where they were.
  SetAside(const std::filesystem::path& database, Timestamp now)
      : m_from(database.parent_path()), m_directory(m_from / directory_name(now)) {
    const std::vector<std::filesystem::path> files = files_of(database);
    if (files.empty()) {
      return;
    }
    if (::mkdir(m_directory.c_str(), 0700) != 0) {
      throw_errno("cannot create " + m_directory.string());
    }
    try {
      for (const std::filesystem::path& file : files) {
        std::filesystem::rename(file, m_directory / file.filename());
        m_names.push_back(file.filename());
      }
      sync_directory(m_directory);
      sync_directory(m_from);
    } catch (...) {
      put_back();
      throw;
    }
  }
  ~SetAside() { put_back(); }
  SetAside(const SetAside&) = delete;
  SetAside& operator=(const SetAside&) = delete;

  /// Returns where they are, if there were any.
  std::optional<std::filesystem::path> stay() {
    const bool has_any = !m_names.empty();
    m_names.clear();
    return has_any ? std::optional(m_directory) : std::nullopt;
  }

 private:
  static std::vector<std::filesystem::path> files_of(const std::filesystem::path& database) {
    std::vector<std::filesystem::path> files;
    for (const auto* suffix : {"", "-wal", "-shm", "-journal"}) {
      if (std::filesystem::exists(database.string() + suffix)) {
        files.emplace_back(database.string() + suffix);
      }
    }
    return files;
  }

  void put_back() noexcept {
    std::error_code ignored;  // what cannot be put back lies where it is, and what is to stay too
    for (const std::filesystem::path& name : m_names) {
      std::filesystem::rename(m_directory / name, m_from / name, ignored);
    }
    std::filesystem::remove(m_directory, ignored);
    m_names.clear();
  }

  const std::filesystem::path m_from;
  const std::filesystem::path m_directory;
  std::vector<std::filesystem::path> m_names;
};

std::string owner_of(const PartialFile& part) {
  struct stat status {};
  if (::fstat(part.fd(), &status) != 0) {
    throw_errno("fstat");
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): maintenance is for a process of one thread.
  const passwd* const user = ::getpwuid(status.st_uid);
  return user != nullptr ? user->pw_name : std::to_string(status.st_uid);
}

void set_mode(const PartialFile& part, const std::filesystem::path& database) {
  struct stat status {};
  const mode_t mode = ::stat(database.c_str(), &status) == 0 ? status.st_mode & 07777 : k_mode;
  if (::fchmod(part.fd(), mode) != 0) {
    throw_errno("cannot set the mode of " + part.path().string());
  }
}

}  // namespace

Restored restore_database(const std::filesystem::path& database,
                          const std::filesystem::path& backup, Timestamp now,
                          const OnProgress& on_progress) {
  const OpenedBackup opened(backup, database);
  const ActingAsOwner owner(database.parent_path());
  require_writable(database.parent_path());
  { const Standstill before_the_long_work(database); }
  PartialFile part(database.parent_path());
  Restored restored{verified_copy(opened, backup, part, on_progress), std::nullopt, owner_of(part)};
  const Standstill standstill(database);
  set_mode(part, database);
  SetAside aside(database, now);
  fault_point("restore_set_aside");
  part.put_in_place(database, StoreMaintenance::Existing::KEEP);
  restored.aside = aside.stay();
  return restored;
}

BackupContents drill_restore(const std::filesystem::path& database,
                             const std::filesystem::path& backup, const OnProgress& on_progress) {
  const OpenedBackup opened(backup, database);
  const ActingAsOwner owner(database.parent_path());
  require_writable(database.parent_path());
  const PartialFile part(database.parent_path());
  return verified_copy(opened, backup, part, on_progress);
}

}  // namespace payhook
