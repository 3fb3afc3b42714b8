#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/unique_fd.h"

struct gzFile_s;

namespace payhook {

/// A directory of archives, which one at a time writes to. For one thread.
class ArchiveDirectory {
 public:
  /// Creates it where only its last part is missing, for its owner alone. Throws std::system_error,
  /// also where another program writes to it just now.
  explicit ArchiveDirectory(std::filesystem::path path);

  const std::filesystem::path& path() const noexcept { return m_path; }
  int fd() const noexcept { return m_directory.get(); }

 private:
  const std::filesystem::path m_path;
  UniqueFd m_directory;
};

/// Lines that are compressed by gzip into a file of mode 0600. It has its name only once it is
/// whole and on disk: whoever is killed before leaves behind an incomplete one, whose name says so,
/// and which the next one to write begins anew. Every member function throws std::system_error. For
/// one thread.
class ArchiveFile {
 public:
  /// `directory` must outlive it.
  explicit ArchiveFile(const ArchiveDirectory& directory);
  ArchiveFile(const ArchiveFile&) = delete;
  ArchiveFile& operator=(const ArchiveFile&) = delete;
  /// Removes it if it is not whole.
  ~ArchiveFile();

  /// Adds bytes.
  void add(std::string_view bytes);

  /// Syncs the file, gives it this name with ".jsonl.gz" behind it, and a number before that where
  /// there is one of that name, and syncs the directory. Returns its path. It is used up then.
  std::filesystem::path finish(const std::string& name);

 private:
  [[noreturn]] void fail_to_compress() const;
  [[noreturn]] void fail(const char* what) const;

  const ArchiveDirectory& m_directory;
  UniqueFd m_file;
  gzFile_s* m_gzip = nullptr;
  std::size_t m_unsynced = 0;  // before it was compressed
};

}  // namespace payhook
