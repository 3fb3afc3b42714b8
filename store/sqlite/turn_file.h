#pragma once

#include <chrono>
#include <filesystem>

#include "core/unique_fd.h"
#include "store/sqlite/file_identity.h"

namespace payhook {

/// The file beside a database in which the sessions of all processes meet: by locks on its bytes,
/// which also count who is there, and by one byte of content, which says how the last one left the
/// store. A second one has no meaning: it is written for those who watch the file.
///
/// The content is for others who run at the same time or after on the same boot, so it is never
/// synced: after a power cut nothing is in memory that the disk does not have. For one thread at a
/// time.
class TurnFile {
 public:
  enum class Condition : char {
    CLOSED = 'c',  ///< the last session to leave has closed it
    IN_USE = 'u',  ///< sessions are open, or were killed; also where nothing has been written yet
    BROKEN = 'b'   ///< a sync failed: what memory holds of the database may not be on the disk
  };

  /// Its name beside a database.
  static std::filesystem::path beside(const std::filesystem::path& database) {
    return database.string() + ".turn";
  }

  /// Opens the file, and creates it where it is missing. Throws std::system_error.
  explicit TurnFile(const std::filesystem::path& file);

  int fd() const noexcept { return m_file.get(); }

  Condition condition() const noexcept;

  /// Throws std::system_error.
  void set_condition(Condition condition) const;

  /// Has those who watch the file look at what this session has committed. Where it cannot, they
  /// find it later by themselves.
  void tell_watchers() const noexcept;

  /// Makes this session the only one that hands transactions out, until it ends, however that
  /// happens. Returns false where another one is. Throws std::system_error.
  [[nodiscard]] bool become_claimer() const;

  /// What services do here.
  enum class Role { RECEIVING, PROCESSING };

  /// Counts this session, until it ends, among those that do it. Throws std::system_error.
  void take(Role role) const;

  /// Whether another session does it. Throws std::system_error.
  [[nodiscard]] bool is_taken(Role role) const;

  /// Throws StoreBroken when the file is no longer the one that was opened: others may meet in
  /// another one.
  void require_in_place() const;

  /// The same, and when a sync has failed, in whichever process.
  void require_whole() const;

 private:
  const std::filesystem::path m_path;
  UniqueFd m_file;
  FileIdentity m_identity;
};

/// A session's place among all those that are open. Every member function is to be called in the
/// turn to write.
class SessionPlace {
 public:
  /// `file` must outlive it. Not entered yet.
  explicit SessionPlace(const TurnFile& file) noexcept : m_file(file) {}

  /// Whether no other session is there; none can enter until enter() or the end of this object.
  /// Throws std::system_error.
  [[nodiscard]] bool is_alone();

  /// Waits, outside the turn, until it would be alone. Throws std::system_error.
  [[nodiscard]] bool wait_until_alone(std::chrono::steady_clock::time_point deadline) const;

  /// Takes its place beside the others. A store that was closed, or that it has alone, is in use,
  /// and whole, from now on. Returns false when the deadline passes first. Throws
  /// std::system_error.
  [[nodiscard]] bool enter(std::chrono::steady_clock::time_point deadline);

  /// Gives it up. Says that the store was closed, where this was the last one and it had entered.
  void leave() noexcept;

 private:
  const TurnFile& m_file;
  bool m_alone = false;
  bool m_entered = false;
};

}  // namespace payhook
