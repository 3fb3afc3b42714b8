#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "core/unique_fd.h"

namespace payhook {

/// A file that is to be there whole or not at all: it is written, and synced, under a name beside
/// its own, and gets that when place() is called. One that is not placed is taken away at the end,
/// and what one leaves that was killed, by the next of its name. There is one in a directory at a
/// time.
class NewFile {
 public:
  /// It has the group of its directory. Throws ProgramError (EX_CANTCREAT), saying what to do, also
  /// where a file of its name is there; or (EX_UNAVAILABLE) where another one is in its directory.
  NewFile(std::filesystem::path path, const std::string& content, ::mode_t mode);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  const std::filesystem::path& path() const noexcept { return m_path; }

  /// Where it is until it is placed.
  const std::filesystem::path& written() const noexcept { return m_written; }

  /// Throws ProgramError (EX_CANTCREAT) where a file of its name is there already.
  void place();

  /// Takes it away again.
  void take_back() noexcept;

 private:
  const std::filesystem::path m_path;
  const std::filesystem::path m_written;
  const UniqueFd m_directory;  // locked
};

}  // namespace payhook
