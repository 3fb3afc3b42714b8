#pragma once

#include <cstdint>
#include <filesystem>

#include "core/unique_fd.h"
#include "store/maintenance.h"

namespace payhook {

/// A database that is being written, under a name that nobody takes for a whole one, in the
/// directory where it is to have another. There is one in a directory at a time: who writes it
/// holds a lock on it. What one leaves that was killed is written over by the next; else it goes
/// with this object. Root does all of that as the directory's owner. For one thread.
class PartialFile {
 public:
  /// Empty, with mode 0600. Throws ProgramError or std::system_error.
  explicit PartialFile(std::filesystem::path directory);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  const std::filesystem::path& directory() const noexcept { return m_directory; }
  const std::filesystem::path& path() const noexcept { return m_path; }
  int fd() const noexcept { return m_file.get(); }

  /// Throws ProgramError (EX_CANTCREAT) where so many bytes, and some more for webhooks, have no
  /// room on its disk.
  void require_room_for(std::uint64_t bytes) const;

  /// Returns once what was written is on the disk. Throws std::system_error.
  void sync() const;

  /// Syncs it and gives it a name in the directory, durably. Throws ProgramError (EX_CANTCREAT) for
  /// a name that is taken where that is to be kept, or std::system_error.
  void put_in_place(const std::filesystem::path& name, StoreMaintenance::Existing existing);

 private:
  void lock();

  const std::filesystem::path m_directory;
  const std::filesystem::path m_path;
  UniqueFd m_file;
  bool m_is_in_place = false;
};

/// What to tell where there is a file already that is to be kept.
ProgramError is_there_already(const std::filesystem::path& file);

}  // namespace payhook
