#include "store/sqlite/database_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string_view>
#include <system_error>

#include "store/sqlite/errors.h"
#include "store/sqlite/schema.h"

namespace payhook {

using namespace std::string_view_literals;

std::filesystem::path resolved(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::weakly_canonical(file, error);
  return error ? file : canonical;
}

void require_directory(const std::filesystem::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0 && errno == ENOENT) {
    throw ProgramError(
        EX_CANTCREAT,
        fmt::format(
            "the directory {} does not exist: mount the volume that it is on, create it for "
            "the programs' user, or change 'database' in the configuration",
            directory.string()));
  }
}

void require_writable(const std::filesystem::path& directory) {
  require_directory(directory);
  struct stat status {};
  // As the one who acts, who may not be the one who began.
  if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0 && errno == EACCES &&
      ::stat(directory.c_str(), &status) == 0) {
    throw ProgramError(
        EX_CANTCREAT,
        fmt::format("user id {} cannot write to {}: run this as root, or as user id {}, its owner",
                    ::geteuid(), directory.string(), status.st_uid));
  }
}

ProgramError no_database(const std::filesystem::path& file) {
  return {EX_NOINPUT, fmt::format("the database {} does not exist, or is empty: mount the volume "
                                  "that it is on, restore it, or create a new one with: "
                                  "payhookctl create",
                                  file.string())};
}

ProgramError not_permitted(const std::filesystem::path& file) {
  return {EX_NOPERM, fmt::format("the database {} cannot be read and written by user id {}: change "
                                 "its owner or its mode",
                                 file.string(), ::geteuid())};
}

const std::filesystem::path& require_database(const std::filesystem::path& file) {
  std::error_code error;
  const bool exists = std::filesystem::exists(file, error);
  if (!error && (!exists || (std::filesystem::file_size(file, error) == 0 && !error))) {
    throw no_database(file);
  }
  return file;
}

void refuse_orphaned_wal(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path wal = file.string() + "-wal";
  const auto database_bytes = std::filesystem::file_size(file, error);
  const bool missing = error || database_bytes == 0;
  const auto wal_bytes = std::filesystem::file_size(wal, error);
  if (missing && !error && wal_bytes > 0) {
    throw ProgramError(EX_CANTCREAT,
                       fmt::format("{} has transactions of a database that is missing or empty: "
                                   "mount the volume that {} is on; to restore a backup or begin a "
                                   "new one, move the -wal aside first, and keep it",
                                   wal.string(), file.string()));
  }
}

// Only the header is read, without locks, without recovery and without the WAL. Our mark is in the
// file itself before it ever gets a WAL. (Asking SQLite for it would not do: after a checkpoint
// that stopped halfway, the file without its WAL looks malformed.)
void refuse_foreign_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    throw ProgramError(EX_CONFIG, fmt::format("{} is a directory: let 'database' in the "
                                              "configuration name a file in it",
                                              file.string()));
  }
  if (std::filesystem::file_size(file, error) == 0 || error) {
    return;  // missing or empty: ours to create
  }
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(opened, sqlite3_close);
  if (code != SQLITE_OK) {
    throw not_permitted(file);
  }
  constexpr std::string_view k_magic = "SQLite format 3\0"sv;
  std::array<char, 100> header{};
  sqlite3_file* opened_file = nullptr;
  sqlite3_file_control(opened, "main", SQLITE_FCNTL_FILE_POINTER, &opened_file);
  const int read =
      opened_file->pMethods->xRead(opened_file, header.data(), static_cast<int>(header.size()), 0);
  if (read != SQLITE_IOERR_SHORT_READ) {
    check_sqlite(nullptr, read, "cannot read " + file.string());
  }
  if (std::string_view(header.data(), k_magic.size()) != k_magic) {
    throw ProgramError(EX_CONFIG, fmt::format("{} is not a database: move it away, or change "
                                              "'database' in the configuration",
                                              file.string()));
  }
  std::uint32_t application_id = 0;
  for (std::size_t i = 68; i < 72; ++i) {
    application_id = application_id << 8 | static_cast<unsigned char>(header[i]);
  }
  if (application_id != k_application_id) {
    throw ProgramError(
        EX_CONFIG,
        fmt::format("{} is another program's database and was left untouched: change 'database' in "
                    "the configuration; docs/from-flask.md says how to bring its transactions over",
                    file.string()));
  }
}

}  // namespace payhook
